"""What click says of an invalid option, as error, cause and fix; in a workflow, of an input."""

from __future__ import annotations

import os

import click
from click.core import ParameterSource

from deployer.release.outcome import ErrorDetails
from deployer.space.space import DEFAULT_ENDPOINT

_README = "the README lists all inputs"


def explain_usage(error: click.ClickException, *, is_workflow: bool) -> ErrorDetails:
    """The three lines of a usage error; the inputs of the action are variables of its step."""
    if is_workflow and isinstance(error, click.BadParameter) and error.param:
        if isinstance(error, click.MissingParameter):
            return _explain_missing(_input_of(error.param))
        if _is_from_environment(error, error.param):
            return _explain_invalid(_input_of(error.param), error.message)
    message = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "hf-deploy"
    usage = " ".join(context.get_usage().split()) if context else "usage error"
    fix = f"run `{command} --help` for all options"
    return ErrorDetails(message[:1].lower() + message[1:], usage, fix)


def target_of(error: Exception) -> tuple[str | None, str]:
    """The Space and the Hub that a command was to be run for, as far as that was read."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    # what is not read yet is not a string
    read = {
        name: text
        for name, text in (context.params if context else {}).items()
        if isinstance(text, str)
    }
    space = read.get("space") or read.get("to") or read.get("asked")
    if context is None:
        space = os.environ.get("HF_DEPLOY_SPACE") or None
    hubs = (read.get("endpoint"), *map(os.environ.get, ("HF_DEPLOY_ENDPOINT", "HF_ENDPOINT")))
    return space, next(filter(None, hubs), DEFAULT_ENDPOINT)


def _explain_missing(name: str) -> ErrorDetails:
    return ErrorDetails(
        f"the input `{name}` is missing",
        "it is not set, or empty, as a misspelt `vars.NAME` is",
        f"set `{name}` in the `with:` of the step; {_README}",
    )


def _explain_invalid(name: str, why: str) -> ErrorDetails:
    return ErrorDetails(
        f"invalid value for the input `{name}`",
        why.rstrip("."),
        f"correct `{name}` in the `with:` of the step; {_README}",
    )


def _input_of(param: click.Parameter) -> str:
    envvar = param.envvar if isinstance(param.envvar, str) else (param.envvar or [""])[0]
    return envvar.removeprefix("HF_DEPLOY_").lower().replace("_", "-")


def _is_from_environment(error: click.BadParameter, param: click.Parameter) -> bool:
    if error.ctx is None or param.name is None:
        return False
    return error.ctx.get_parameter_source(param.name) is ParameterSource.ENVIRONMENT
