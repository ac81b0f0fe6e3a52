"""Child processes get the environment variables that they need, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.rehearsal.environment import (
    Settings,
    SpaceInfo,
    app_environment,
    engine_environment,
    install_environment,
    is_read_by_engines,
    with_port,
)

SPACE = SpaceInfo(
    id="julia/app", title="My app", host="127.0.0.1:5000", creator="0" * 24, cores=2, memory=16
)
CALLER = {
    "PATH": "/bin",
    "HOME": "/home/julia",
    "HF_TOKEN": "hf_secret",
    "HF_ENDPOINT": "http://127.0.0.1:1",
    "GITHUB_TOKEN": "ghs_secret",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret",
    "PYTHONPATH": "/elsewhere",
    "VIRTUAL_ENV": "/elsewhere",
    "PIP_INDEX_URL": "https://packages.example",
    "HTTPS_PROXY": "http://proxy.example",
    "no_proxy": "inside.example",
    "SSL_CERT_FILE": "/certificates.pem",
}


def environment_of_app(**settings: str) -> dict[str, str]:
    """The environment of an app with these variables and secrets."""
    home, models = Path("/space/home"), Path("/cache/models")
    return app_environment(
        CALLER, SPACE, home=home, model_cache=models, settings=Settings(settings, {})
    )


@pytest.mark.parametrize(
    "variables", [install_environment(CALLER), environment_of_app()], ids=["installing", "app"]
)
def test_no_child_gets_tokens_or_the_python_settings_of_the_caller(
    variables: dict[str, str],
) -> None:
    assert not [value for value in variables.values() if "secret" in value or "elsewhere" in value]
    assert "HF_ENDPOINT" not in variables
    assert variables["HTTPS_PROXY"] == "http://proxy.example"
    assert variables["SSL_CERT_FILE"] == "/certificates.pem"


def test_pip_gets_its_own_settings() -> None:
    variables = install_environment(CALLER)
    assert (variables["PIP_INDEX_URL"], variables["HOME"]) == (
        "https://packages.example",
        "/home/julia",
    )


def test_a_container_engine_gets_its_own_settings_and_no_tokens() -> None:
    settings = {"DOCKER_HOST": "unix:///run/docker.sock", "CONTAINERS_CONF": "/c", "BUILDAH_X": "1"}
    variables = engine_environment(CALLER | settings | {"BUILDKIT_PROGRESS": "tty"})
    assert settings.items() <= variables.items()
    assert variables["BUILDKIT_PROGRESS"] == "plain"
    assert not [value for value in variables.values() if "secret" in value or "elsewhere" in value]


@pytest.mark.parametrize("name", ["PATH", "LC_ALL", "HOME", "DOCKER_HOST", "https_proxy", "TMPDIR"])
def test_a_name_that_means_something_to_the_engine_is_known(name: str) -> None:
    assert is_read_by_engines(name)
    assert not any(is_read_by_engines(free) for free in ("HF_TOKEN", "API_KEY", "DOCKERHUB", "HOM"))


def test_an_app_has_a_home_of_its_own_and_no_settings_of_pip() -> None:
    variables = environment_of_app()
    assert (variables["HOME"], variables["HF_HOME"]) == ("/space/home", "/cache/models")
    assert "PIP_INDEX_URL" not in variables


def test_an_app_reaches_itself_without_a_proxy() -> None:
    variables = environment_of_app()
    assert variables["no_proxy"] == variables["NO_PROXY"] == "inside.example,127.0.0.1,localhost"
    assert install_environment(CALLER)["no_proxy"] == "inside.example"


def test_an_app_gets_the_variables_of_spaces() -> None:
    variables = environment_of_app()
    assert variables["SPACE_ID"] == "julia/app"
    assert (variables["SPACE_AUTHOR_NAME"], variables["SPACE_REPO_NAME"]) == ("julia", "app")
    assert (variables["SPACE_TITLE"], variables["SPACE_HOST"]) == ("My app", "127.0.0.1:5000")
    assert (variables["SYSTEM"], variables["ACCELERATOR"]) == ("spaces", "none")
    assert (variables["CPU_CORES"], variables["MEMORY"]) == ("2", "16Gi")


def test_variables_and_secrets_win_but_not_over_the_port() -> None:
    variables = environment_of_app(LANG="de_DE", GRADIO_SERVER_NAME="0.0.0.0", MODE="fast")
    listening = with_port(variables, 5001, Path("/env/bin"))
    assert (listening["LANG"], listening["MODE"]) == ("de_DE", "fast")
    assert listening["GRADIO_SERVER_NAME"] == "127.0.0.1"
    assert listening["GRADIO_SERVER_PORT"] == "5001"
    assert listening["PATH"].split(":") == ["/env/bin", "/bin"]
