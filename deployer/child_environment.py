"""Which variables the programs that we start may see: an allow-list, so no secret is forgotten.

A deny-list by name lets DATABASE_URL, PIP_INDEX_URL or KUBECONFIG through.
"""

from __future__ import annotations

from collections.abc import Mapping

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
PROXIES = frozenset({*_PROXIES, *(name.lower() for name in _PROXIES)})
CERTIFICATES = frozenset("""
    SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS
    """.split())
# what any program of this machine may need; some interpreters don't start without a library path
_SYSTEM = frozenset("""
    PATH LANG LANGUAGE TZ TERM COLORTERM NO_COLOR CI LD_LIBRARY_PATH
    SystemRoot SYSTEMROOT ComSpec COMSPEC PATHEXT windir WINDIR
    """.split())
_SYSTEM_PREFIXES = ("LC_", "DYLD_")
# who runs it and where; what setup-python and the runner set; where in GitHub Actions we are, but
# not GITHUB_ENV, _OUTPUT, _PATH and _STEP_SUMMARY, which change later steps of the job:
# https://docs.github.com/actions/reference/workflows-and-actions/variables
_CALLER = frozenset("""
    HOME USER LOGNAME SHELL TMPDIR TEMP TMP
    VIRTUAL_ENV CONDA_PREFIX pythonLocation Python_ROOT_DIR Python3_ROOT_DIR PKG_CONFIG_PATH
    RUNNER_TEMP RUNNER_OS RUNNER_ARCH RUNNER_TOOL_CACHE
    GITHUB_REPOSITORY GITHUB_REF GITHUB_REF_NAME GITHUB_SHA GITHUB_RUN_ID GITHUB_RUN_NUMBER
    GITHUB_RUN_ATTEMPT GITHUB_SERVER_URL GITHUB_WORKSPACE GITHUB_ACTOR GITHUB_EVENT_NAME
    GITHUB_WORKFLOW GITHUB_JOB
    """.split())


def system_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables about the machine, for an app that has a home and a Python of its own."""
    return {name: value for name, value in environ.items() if _is_of_system(name, value)}


def caller_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables about the machine and about who runs us and where, for a user's command."""
    return {
        name: value
        for name, value in environ.items()
        if name in _CALLER or _is_of_system(name, value)
    }


def _is_of_system(name: str, value: str) -> bool:
    if name in PROXIES:
        return "@" not in value  # http://user:password@host
    return name in _SYSTEM or name in CERTIFICATES or name.startswith(_SYSTEM_PREFIXES)
