"""Who may deploy: the account of a token, the OIDC claims of a workflow run."""
