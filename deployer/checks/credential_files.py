"""Files that are credentials by their name, whatever their content."""

from __future__ import annotations

import re

_TEMPLATE = re.compile(
    r"(?:^|[._-])(?:example|sample|template|tmpl|dist|defaults?|schema|vault)(?:$|\.)"
)
_NAMES = {
    ".netrc": "netrc file",
    "_netrc": "netrc file",
    ".pypirc": "PyPI credentials file",
    ".pgpass": "PostgreSQL password file",
    ".git-credentials": "git credentials file",
    ".vault-token": "HashiCorp Vault token file",
    ".htpasswd": "password file",
    ".dockercfg": "registry credentials file",
    ".dockerconfigjson": "registry credentials file",
    "kaggle.json": "Kaggle credentials file",
    "application_default_credentials.json": "Google credentials file",
    "fish_history": "shell history",
}
_PATHS = {
    ".streamlit/secrets.toml": "Streamlit secrets file",
    ".huggingface/token": "Hugging Face token file",
    "huggingface/token": "Hugging Face token file",
    "huggingface/stored_tokens": "Hugging Face token file",
    ".aws/credentials": "AWS credentials file",
    ".cargo/credentials": "crates.io credentials file",
    ".cargo/credentials.toml": "crates.io credentials file",
    ".gem/credentials": "RubyGems credentials file",
}
_PATTERNS = (
    (re.compile(r"id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?"), "SSH private key file"),
    (re.compile(r".*\.(?:p12|pfx|kdbx|jks)"), "key store file"),
    (re.compile(r".*\.tfstate(?:\.(?:\d+\.)?backup)?"), "Terraform state file"),
    (re.compile(r"client_secrets?(?:[_.-].*)?\.json"), "Google OAuth client secret file"),
    (
        re.compile(
            r"\.(?:ba|z|k|c|tc|a)?sh_history|\.history"
            r"|\.(?:python|node_repl|psql|mysql|sqlite|irb|rediscli|mongo|dbshell|r)_?history"
        ),
        "shell history",
    ),
)
_ENVIRONMENT = re.compile(r"\.env(?:\..*|rc)?|.+\.env|\.envrc\..*")


def credential_file(path: str) -> str | None:
    """What kind of credential file this path is by its name; None for other names.

    An ambiguous name (`.npmrc`, `credentials.json`, `*.pem`, `*.key`, `*.ppk`) is none: a public
    certificate is a `.pem`, too. For these, the result of a scan decides. A template is none,
    either: `.env.example`, `sample.env`, `client_secret.example.json`.
    """
    parts = path.lower().split("/")
    name = parts[-1]
    rule = _NAMES.get(name) or _PATHS.get("/".join(parts[-2:]))
    if rule is not None:
        return rule
    if _TEMPLATE.search(name):
        return None
    if _ENVIRONMENT.fullmatch(name):
        return "environment file"
    return next((kind for pattern, kind in _PATTERNS if pattern.fullmatch(name)), None)
