"""What a file in the checkout may set: the table of who may say what.

Whoever wrote the checkout says what is deployed. Where the token goes, and what of the caller's
environment or disk is published, only the caller says: by a flag, an input or a variable.
"""

from __future__ import annotations

import re
from typing import Any

from deployer.errors import Finding, UsageError

# options of a single run (--dry-run, --json, …) do not belong in a file
FILE_OPTIONS = frozenset(
    "space path card include keep visibility hardware variables secrets sleep-time "
    "prune-variables push-secrets wait timeout health-path health-timeout "
    "verify verify-timeout soak max-cpu max-memory rollback on-drift "
    "allow-credentials ignore".split()
)
# Set in a file only within these bounds, which are checked where the facts are known:
# path, card          inside the repository                              flows/locate
# allow-credentials   files that git tracks                              flows/scan_credentials
# visibility          not for a Space that fewer people see              flows/apply_settings
# verify              from a file that is as it was committed            commands/request
# variables, secrets  see `check`; secrets are confirmed at a terminal   commands/session
_CALLER_ONLY = {
    "endpoint": "where the token is sent",
    "token": "which token is used",
    "verify-env": "which of the caller's variables a command gets",
    "env-file": "which of the caller's files are read",
    "secrets-file": "which of the caller's files are read",
}
_WHERE = {"variables": "--variable", "secrets": "--secret", "token": "HF_TOKEN, the input `token`"}
# names of variables that belong to the job, its cloud or its registries, by how they start; keys of
# models that a cloud serves are what an app needs
_OF_JOB = (
    "HF HFTOKEN HUGGINGFACE HUGGINGFACEHUB HUGGING_FACE HUGGING_FACE_HUB GITHUB GH ACTIONS RUNNER "
    "INPUT GIT GITLAB CI BITBUCKET CIRCLE CIRCLECI TRAVIS BUILDKITE DRONE SEMAPHORE JENKINS GITEA "
    "FORGEJO CODEBERG SYSTEM_ACCESSTOKEN CODECOV SONAR SNYK RENOVATE SSH GPG NETRC".split()
)
_OF_CLOUD = (
    "AWS AZURE ARM GOOGLE GCP GCLOUD CLOUDSDK DIGITALOCEAN HCLOUD HETZNER HEROKU FLY IBMCLOUD "
    "IBM BLUEMIX VERCEL NETLIFY LINODE SCW SCALEWAY CLOUDFLARE CF ALIBABA ALICLOUD TENCENTCLOUD "
    "OCI OVH VULTR UPCLOUD EXOSCALE YC RENDER RAILWAY PULUMI TF TERRAFORM VAULT KUBE "
    "KUBECONFIG".split()
)
_OF_REGISTRY = (
    "DOCKER DOCKERHUB GHCR CR QUAY REGISTRY JFROG ARTIFACTORY CLOUDSMITH CODEARTIFACT GEMFURY NPM "
    "NODE_AUTH YARN PNPM PYPI TESTPYPI TWINE UV PIP POETRY PDM HATCH FLIT CONDA ANACONDA CARGO GEM "
    "RUBYGEMS NUGET MAVEN SONATYPE OSSRH GRADLE COMPOSER PACKAGIST HEX".split()
)
_CALLER_SECRETS = re.compile(
    r"(?!AZURE_OPENAI|GOOGLE_(?:API_KEY|GENAI|GENERATIVE|GEMINI|MAPS|CSE|SEARCH))"
    rf"(?:{'|'.join((*_OF_JOB, *_OF_CLOUD, *_OF_REGISTRY))})(?:_.*)?",
    re.IGNORECASE,
)


class InvalidConfig(UsageError):
    """The config file is invalid at `where`: `hf-deploy.toml:3`, or the file alone."""

    def __init__(self, message: str, *, where: str, cause: str, fix: str) -> None:
        name, _, line = where.partition(" ")[0].partition(":")
        found = Finding(name, int(line) if line else None, message)
        super().__init__(message, cause=cause, fix=fix, findings=[found])


def refuse_caller_only(origin: str, option: str, text: str) -> None:
    """Raise InvalidConfig for an option that is the caller's alone."""
    if option in _CALLER_ONLY:
        raise _refused(option, location(origin, option, text), f"it says {_CALLER_ONLY[option]}")


def check(option: str, value: Any, where: str) -> None:
    """Check the value of an option that a file sets at `where`.

    Raises InvalidConfig for a variable whose value the caller's environment has, and for a secret
    that belongs to the caller's job, cloud or registry. No value is shown.
    """
    lines = value.splitlines() if isinstance(value, str) else value
    for line in lines if option in ("variables", "secrets") else ():
        name, equals, _ = line.partition("=")
        if option == "variables" and line.strip() and not equals:
            raise _refused(
                option, where, "a NAME alone publishes a value of the caller's environment"
            )
        if option == "secrets" and not equals and _CALLER_SECRETS.fullmatch(name.strip()):
            raise _refused(
                option, where, f"{name.strip()} belongs to the caller's job, cloud or registry"
            )


def _refused(option: str, where: str, why: str) -> InvalidConfig:
    flag = _WHERE.get(option, f"--{option}")
    variable = f"HF_DEPLOY_{option.upper().replace('-', '_')}"
    return InvalidConfig(
        f"a file may not set {'this of ' if option in ('variables', 'secrets') else ''}{option}",
        where=where,
        cause=f"{where}: {why}",
        fix=f"remove it from the file, and set {flag} or {variable}",
    )


def location(origin: str, option: str, text: str) -> str:
    """The file and the line that sets an option; the file alone where that can't be told."""
    key = re.compile(rf"""\s*(?:[\w"'-]+\s*\.\s*)*["']?{re.escape(option)}["']?\s*=""")
    name, _, table = origin.partition(" ")
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if line.strip() == table), 0)
    for number, line in enumerate(lines[start:], start + 1):
        if key.match(line):
            return f"{name}:{number}"
    return origin
