"""The secrets that this process was started with, for no output to show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from deployer.report.redaction import Redactor

_TOKENS = (
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "HF_OIDC_ID_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "GITHUB_TOKEN",
    "GH_TOKEN",
)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_SECRETS = "HF_DEPLOY_SECRETS"  # lines of the input `secrets`: NAME, or NAME=value


def hide_environment(redactor: Redactor, environment: Mapping[str, str], endpoint: str) -> None:
    """Hide tokens, the values in the input `secrets`, and the passwords in URLs of the network."""
    for name in _TOKENS:
        redactor.hide_token(environment.get(name, "").strip())
    for line in environment.get(_SECRETS, "").splitlines():
        redactor.hide_secret(line.partition("=")[2].strip())
    urls = [environment.get(name, "") for name in (*_PROXIES, *map(str.lower, _PROXIES))]
    for url in (*urls, environment.get("HF_ENDPOINT", ""), endpoint):
        for password in _passwords(url):
            redactor.hide(password)


def _passwords(url: str) -> Iterator[str]:
    """The password of a URL, which may have no scheme, as it is written and as it is meant."""
    userinfo, separator, _ = url.partition("://")[2 if "://" in url else 0].rpartition("@")
    if separator:
        user, colon, password = userinfo.partition(":")
        for written in (password if colon else user,):
            yield written
            yield unquote(written)
