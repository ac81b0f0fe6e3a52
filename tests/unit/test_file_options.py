"""Which URLs of a Hub are taken, and which names say secret."""

from __future__ import annotations

import pytest

from deployer.checks.secret_names import is_named_like_secret
from deployer.errors import UsageError
from deployer.request import parse_endpoint


@pytest.mark.parametrize(
    "url",
    [
        "https://huggingface.co",
        "https://hub.example:8443/api-root",
        "http://localhost",
        "http://LOCALHOST:5000",
        "http://127.0.0.1:5000",
        "http://127.8.9.10",
        "http://[::1]:5000",
        "https://10.0.0.1",
    ],
)
def test_a_hub_url_that_is_taken(url: str) -> None:
    assert parse_endpoint(f"{url}/") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://huggingface.co",
        "http://127.0.0.1.example",
        "http://localhost.example:80",
        "http://128.0.0.1",
        "http://0.0.0.0",
        "http://127.1",
        "http://2130706433",
        "http://[::]",
        "http://[fe80::1]",
        "HTTP://huggingface.co",
        "ftp://localhost",
        "https://localhost\n",
        "https://",
    ],
)
def test_a_hub_url_that_is_not(url: str) -> None:
    with pytest.raises(UsageError):
        parse_endpoint(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://julia:hunter2@huggingface.co",
        "https://hunter2@huggingface.co",
        "http://julia:hunter2@localhost:80",
        "julia:hunter2@huggingface.co",
        "https://julia:hunter2",
        "https://huggingface.co?token=hunter2",
        "https://huggingface.co/#hunter2",
        "https://julia:hunter2%40huggingface.co",
    ],
)
def test_a_password_in_a_hub_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_endpoint(url)
    assert "hunter2" not in raised.value.message + raised.value.cause + raised.value.fix


@pytest.mark.parametrize(
    "name",
    "DB_PASSWORD API_KEY AUTH_TOKEN HF_TOKEN TOKEN PASSWORD SECRET CLIENT_SECRET dbPassword apiKey "
    "OPENAI_API_KEY SECRET_KEY AWS_SECRET_ACCESS_KEY PRIVATE_KEY ADMIN_PASS SMTP_PWD "
    "GITHUB_TOKEN_2 ServiceCredentials".split(),
)
def test_a_name_of_a_secret(name: str) -> None:
    assert is_named_like_secret(name, "letmein")


@pytest.mark.parametrize(
    "name",
    "MAX_NEW_TOKENS TOKENIZER KEYBOARD TOKENS_PER_SECOND MAX_TOKENS PAD_TOKEN EOS_TOKEN PUBLIC_KEY "
    "PRIMARY_KEY KEY MONKEY PASSENGER BYPASS COMPASS_URL PWD TOKEN_LIMIT TOKENIZERS_PARALLELISM "
    "PASSWORD_MIN_LENGTH SECRETARY API_KEY_HEADER _ A 1".split(),
)
def test_a_name_of_no_secret(name: str) -> None:
    assert not is_named_like_secret(name, "letmein")


@pytest.mark.parametrize("value", ["", "true", "False", "1", "0.5", "none"])
def test_a_switch_is_not_a_secret(value: str) -> None:
    assert not is_named_like_secret("USE_AUTH_TOKEN", value)
