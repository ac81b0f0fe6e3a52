"""The card: a Space's configuration, the YAML front matter of its README."""
