"""Build the request from a command's options; separate from them, since no `--help` needs it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from deployer.commands.configured import caller_gave, found_config, read_value, set_in_file
from deployer.environments import CardKeys
from deployer.errors import UsageError
from deployer.file_options import split_location
from deployer.finding_names import check_ignored
from deployer.github.context import Context
from deployer.request import (
    DeployRequest,
    Gates,
    Health,
    OnDrift,
    Promotion,
    Restart,
    Verify,
)
from deployer.source.ignore import Patterns
from deployer.space.metrics import Limits
from deployer.space.settings import RequestedSettings, read_secrets, read_variables
from deployer.space.space import SpaceId, Visibility


def build_request(given: Mapping[str, Any], context: Context | None) -> DeployRequest:
    """The request that a command's options make. Raises UsageError."""
    context = context or Context()
    run = click.get_current_context()
    set_in, found = set_in_file(run), found_config(run)
    environment = found.environment if found else None
    return DeployRequest(
        space=replace(
            SpaceId.parse(given["space"]), environment=environment.name if environment else None
        ),
        here=Path.cwd(),
        path=given.get("path", DeployRequest.path),
        card=given.get("card"),
        card_keys=environment.card if environment else CardKeys(),
        include=Patterns.of_option("--include", given.get("include", ())),
        keep=Patterns.of_option("--keep", given["keep"]),
        allow_credentials=Patterns.of_option(
            "--allow-credentials", given.get("allow_credentials", ())
        ),
        ignore=check_ignored(given.get("ignore", ()), set_in.get("ignore")),
        settings=_settings(given),
        wait=given.get("wait", True),
        rollback=given.get("rollback", True),
        on_drift=OnDrift(given.get("on_drift", OnDrift.DEPLOY)),
        restart=_restart(given),
        resume=given.get("resume", False),
        timeout=given.get("timeout", DeployRequest.timeout),
        health=_health(given),
        verify=_verify(given),
        hints=context.hints,
        run=context.run,
        set_in=set_in,
    )


def build_promotion(given: Mapping[str, Any]) -> Promotion:
    """Which release is promoted, and its gates. Raises UsageError."""
    gates = Gates(
        min_age=given["min_age"],
        verify=_verify(given, "gate-verify"),
        soak=given["gate_soak"],
        limits=_limits(given) if given["gate_soak"] else Limits(),
        allow_unmeasured=given["allow_unmeasured"],
    )
    context = click.get_current_context()
    found = found_config(context)
    environment = found.named(given["origin"]) if found else None
    origin = environment.space if environment else SpaceId.parse(given["origin"])
    table = environment.config if environment else found.general if found else None
    health = _probe(
        *(read_value(context, table, name) for name in ("health-path", "health-timeout"))
    )
    return Promotion(origin, health, gates, given["allow_older"])


def _restart(given: Mapping[str, Any]) -> Restart:
    if given.get("factory_rebuild"):
        return Restart.FACTORY
    return Restart.RESTART if given.get("restart") else Restart.NO


def _settings(given: Mapping[str, Any]) -> RequestedSettings:
    return RequestedSettings(
        variables=read_variables(given.get("variables", ()), os.environ),
        secrets=read_secrets(given.get("secrets", ()), os.environ),
        hardware=given.get("hardware"),
        sleep_time=given.get("sleep_time"),
        visibility=Visibility(given.get("visibility", Visibility.AUTO)),
        prune_variables=given.get("prune_variables", False),
        push_secrets=given.get("push_secrets", False),
    )


def _health(given: Mapping[str, Any]) -> Health:
    probe = _probe(given.get("health_path"), given.get("health_timeout"))
    return replace(probe, soak=given.get("soak", Health.soak), limits=_limits(given))


def _probe(path: str | None, timeout: float | None) -> Health:
    if path is not None and not re.fullmatch(r"/[!-~]*", path):
        raise UsageError(
            f"invalid --health-path {path!r}",
            cause="it is not the path of a URL",
            fix=f"start it with a slash: `--health-path /{quote(path.lstrip('/'))}`",
        )
    return Health(path, Health.timeout if timeout is None else timeout)


def _limits(given: Mapping[str, Any]) -> Limits:
    """The limits, which do nothing without a soak. Raises UsageError for one that the caller gave
    all the same; one in a file is for every command, also for those without.
    """
    context = click.get_current_context()
    is_given = any(caller_gave(context, name) for name in ("max_cpu", "max_memory"))
    soaks = {name: given[name] for name in ("gate_soak", "soak") if name in given}
    if is_given and soaks and not any(soaks.values()):
        option = f"--{next(iter(soaks)).replace('_', '-')}"
        raise UsageError(
            "--max-cpu and --max-memory need a soak",
            cause=f"they are measured while the app is probed after its start, and {option} is 0",
            fix=f"say for how long: `{option} 2m`",
        )
    return Limits(given.get("max_cpu"), given.get("max_memory"))


def _verify(given: Mapping[str, Any], option: str = "verify") -> Verify | None:
    command = given.get(option.replace("-", "_"))
    if command is None:
        return None
    if not command.strip():
        raise UsageError(
            f"--{option} is empty",
            cause=f"`--{option} {command!r}`",
            fix=f"pass a shell command, or drop --{option}",
        )
    if (line := set_in_file(click.get_current_context()).get(option)) is not None:
        _check_committed(line, option)
    names = given.get("verify_env", Verify.environment)
    return Verify(command, given.get("verify_timeout", Verify.timeout), tuple(names))


def _check_committed(line: str, option: str) -> None:
    """Raise UsageError for a command at a line of a file that is not as it was committed."""
    # pylint: disable-next=import-outside-toplevel
    from deployer.world import git

    name, _ = split_location(line)
    file = Path.cwd() / name
    committed = git.committed(file)
    # git may have converted the line endings
    if committed is not None and committed.splitlines() == file.read_bytes().splitlines():
        return
    state = "is not tracked by git" if committed is None else "was modified since HEAD"
    raise UsageError(
        f"a file that {state} may not set {option}",
        cause=f"{line}: the command would run as you",
        fix=f"commit it (git add {name} && git commit), or pass the command yourself, with "
        f"--{option} or HF_DEPLOY_{option.upper().replace('-', '_')}",
    )
