"""Tables of the config file for one Space each."""

from __future__ import annotations

import pytest

from deployer import config
from deployer.environments import Environment, find_environment, read_environments
from deployer.errors import UsageError
from deployer.file_options import InvalidConfig

KNOWN = frozenset({"space", "path", "card", "variables", "secrets", "timeout", "hardware"})
FILE = """\
timeout = "1m"
card = "card.yaml"
variables = ["A=1", "B=2"]
secrets = ["KEY"]

[environments.staging]
space = "acme/app-staging"
variables = ["B=3", "C=4"]
secrets = "TOKEN_OF_STAGING\\nKEY"

[environments.staging.card]
title = "Staging"
pinned = false

[environments.production]
space = "acme/app"
timeout = "5m"
"""


def read(text: str, *, shared: bool = False) -> dict[str, Environment]:
    """The environments of a config file."""
    found = config.read(None, text, KNOWN) if shared else config.read(text, None, KNOWN)
    assert found is not None
    return dict(read_environments(found, KNOWN))


def test_a_file_may_have_none() -> None:
    assert not read("timeout = '1m'\n")


def test_an_option_of_an_environment_replaces_that_at_the_top() -> None:
    found = read(FILE)
    assert [one.config.options["timeout"] for one in found.values()] == ["1m", "5m"]
    assert found["production"].config.set_in["timeout"] == "hf-deploy.toml:17"
    assert found["staging"].config.set_in["timeout"] == "hf-deploy.toml:1"


def test_variables_and_secrets_are_merged_by_name() -> None:
    options = read(FILE)["staging"].config.options
    assert options["variables"] == ["A=1", "B=3", "C=4"]
    assert options["secrets"] == ["TOKEN_OF_STAGING", "KEY"]


def test_keys_of_the_card_have_their_lines() -> None:
    staging = read(FILE)["staging"]
    assert staging.card.values == {"title": "Staging", "pinned": False}
    assert staging.card.set_in == {"title": "hf-deploy.toml:12", "pinned": "hf-deploy.toml:13"}
    assert staging.config.options["card"] == "card.yaml"


def test_pyproject_has_them_below_its_table() -> None:
    text = "[tool.other]\nspace = 1\n[tool.hf-deploy]\n" + FILE.replace(
        "[env", "[tool.hf-deploy.env"
    )
    staging = read(text, shared=True)["staging"]
    assert staging.config.set_in["space"] == "pyproject.toml:10"
    assert staging.card.set_in["title"] == "pyproject.toml:15"


def test_an_environment_may_have_the_space_at_the_top() -> None:
    found = read("space = 'acme/app'\n[environments.production]\ntimeout = '1m'\n")
    assert str(found["production"].space) == "acme/app"


def test_an_environment_without_a_space_says_so_when_it_is_used() -> None:
    staging = read("[environments.staging]\ntimeout = '1m'\n")["staging"]
    with pytest.raises(InvalidConfig) as raised:
        _ = staging.space
    assert raised.value.message == "environment staging has no Space"
    assert "[environments.staging]" in raised.value.fix
    assert raised.value.findings[0].line == 1


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("environments = 3", 1, "environments"),
        ("environments.staging = 3", 1, "environments.staging"),
        ("\n[[environments]]\nspace = 'a/b'", 2, "environments"),
        ("[environments.Staging]", 1, "'Staging'"),
        ("[environments.-x]", 1, "'-x'"),
        ('[environments."a/b"]', 1, "'a/b'"),
        ('[environments.""]', 1, "''"),
        ("\n[environments.a]\nspce = 'a/b'", 3, "'spce'"),
        ("space = 'x/y'\n[environments.a]\nendpoint = 'x'", 3, "endpoint"),
        ("[environments.a]\ntimeout = {x = 1}", 2, "timeout"),
        ("[environments.a.environments.b]", 1, "'environments'"),
        ("[environments.a]\nspace = 'app'", 2, "'app'"),
        ("space = 'app'\n[environments.a]\nspace = 'a/b'", 1, "'app'"),
        ("[environments.a]\nspace = 3", 2, "'3'"),
        ("[environments.a.card]\ntitel = 'x'", 2, "'titel'"),
        ("[environments.a.card]\nsdk = 'static'", 2, "sdk"),
        ("[environments.a.card]\npython_version = 3.10", 2, "python_version"),
        ("[environments.a.card]\ntitle = [['x']]", 2, "title"),
        ("[environments.a]\ncard.custom_headers = {a = {b = 'c'}}", 2, "custom_headers"),
        ("[environments.a]\ncard = {title = 2026-01-01}", 2, "title"),
        ("[card]\ntitle = 'x'", 1, "card"),
    ],
)
def test_an_invalid_entry_is_named_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(InvalidConfig) as raised:
        read(text)
    assert says in raised.value.message
    assert [(one.path, one.line) for one in raised.value.findings] == [("hf-deploy.toml", line)]


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("[environment.staging]\nspace = 'a/b'", "`environments`"),
        ("[environments.a]\nspaces = 'a/b'", "`space`"),
        ("[environments.a.card]\ncolorfrom = 'red'", "`colorFrom`"),
        ("[card]\ntitle = 'x'", "[environments.NAME.card]"),
    ],
)
def test_what_was_likely_meant_is_suggested(text: str, fix: str) -> None:
    with pytest.raises(InvalidConfig) as raised:
        read(text)
    assert fix in raised.value.fix


@pytest.mark.parametrize(
    "text",
    [
        "[environments.a]\nspace = 'acme/app'\n[environments.b]\nspace = 'ACME/App'\n",
        "space = 'acme/app'\n[environments.a]\nspace = 'Acme/app'\n[environments.b]\n",
        "space = 'acme/app'\n[environments.a]\n[environments.b]\n",
        "[environments.a]\nspace = 'acme/app'\n[environments.b]\n"
        "space = 'https://huggingface.co/spaces/acme/app'\n",
    ],
)
def test_two_environments_may_not_have_one_space(text: str) -> None:
    with pytest.raises(InvalidConfig, match="environments a and b have the same Space"):
        read(text)


def test_an_unknown_name_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UsageError) as raised:
        find_environment(read(FILE), "stagin", "hf-deploy.toml")
    assert raised.value.message == "unknown environment 'stagin'"
    assert "staging, production" in raised.value.cause
    assert "`staging`" in raised.value.fix
