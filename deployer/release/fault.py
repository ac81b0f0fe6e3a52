"""Tell whose fault a failure is where it is not the files': one table, by stage and message.

The Hub's error message may end with what the app wrote, so patterns for it start where it starts. A
new failure of the platform is one row of `_ROWS`, and one message in its test.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from deployer.patterns import lazy
from deployer.space.space import Runtime, SpaceId, Stage

SETTINGS_HEADLINE = "the Hub cannot start the Space with its settings"
_MAX_LINE = 2000  # characters that are searched
_MAX_QUOTE = 300
_LOG_END = 20  # lines of a build log, below which its failure is
_BILLING_PAGE = "https://huggingface.co/settings/billing"
_SUPPORT = "website@huggingface.co"


class Party(StrEnum):
    """Who is at fault, other than the files."""

    PLATFORM = "platform"
    SETTINGS = "settings"
    HUB = "hub"  # which stopped the Space by its own decision


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure that no change of the files repairs: a clause, what shows it, and the fix.

    `line` is the Hub's message or a line of the log: untrusted text, truncated.
    """

    party: Party
    message: str
    line: str
    fix: str

    def headline(self, verdict: str) -> str:
        """What failed, in one clause that starts with the verdict's headline."""
        is_settings = self.party is Party.SETTINGS
        return f"{SETTINGS_HEADLINE if is_settings else verdict}: {self.message}"


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: in these stages, a pattern for the Hub's message, and one for the build log's end.

    A message or line that matches `unless` is no such failure.
    """

    party: Party
    stages: Collection[str]
    pattern: re.Pattern[str]
    message: str
    fix: str
    unless: re.Pattern[str] | None = None
    log: re.Pattern[str] | None = None

    def find(self, message: str, log: Sequence[str]) -> str | None:
        """The message or line that shows this failure."""
        lines = [(self.pattern, message)]
        lines += [(self.log, line) for line in reversed(log)] if self.log else []
        for pattern, text in lines:
            if pattern.search(text) and not (self.unless and self.unless.search(text)):
                return text
        return None


_FAILED = (Stage.BUILD_ERROR, Stage.RUNTIME_ERROR)
_STOPPED = (Stage.PAUSED, Stage.STOPPED)
_TRY_LATER = "deploy again later"
# https://github.com/huggingface/huggingface_hub/issues/3017: the registry of all built Spaces. A
# public one serves their images to anyone, by names that a Dockerfile may have wrong.
_REGISTRY = r"(?:spaces-registry|docker-builder-registry)[\w.-]{0,60}huggingface\.tech\b"
_PUBLIC_REGISTRY = r"registry\.hf\.space\b"
_REFUSED = r"(?:\b(?:401|403|429|5\d\d|EOF)\b|time-?out|reset by peer|connection refused|authorize)"
_REGISTRY_FAILED = lazy(
    rf"failed to push .{{0,60}}{_PUBLIC_REGISTRY}|{_PUBLIC_REGISTRY}.{{0,400}}?\b5\d\d\b|"
    rf"{_REGISTRY}.{{0,400}}?{_REFUSED}|{_REFUSED}.{{0,200}}?{_REGISTRY}"
)
# what the card or another file says; https://github.com/Soul-AILab/SoulX-FlashHead/issues/74
_IN_FILES = lazy(
    r"(?i)\b(?:README|requirements|torch|pytorch|python_?version|front ?matter|YAML|metadata|"
    r"app_file|suggested_\w+|Dockerfile|repository storage)\b|must be one of"
)
_ROWS = (
    _Row(
        Party.PLATFORM,
        (Stage.CONFIG_ERROR,),
        lazy(r"^The local Hub can't build Docker Spaces:"),
        "this machine has no container engine that can build it",
        "install docker or podman, or deploy to another Space to test it",
    ),
    _Row(
        Party.PLATFORM,
        _FAILED,
        lazy(r"^Scheduling failure: port \d{1,5} of this machine\b"),
        "another program has the port of the app",
        "end that program, or stop the other Space, and deploy again",
    ),
    _Row(
        Party.PLATFORM,
        _FAILED,
        lazy(r"^(?:Scheduling failure\b|[Uu]nable to schedule\b|[Nn]ot enough hardware)"),
        "the Hub found no machine for the Space",
        f"{_TRY_LATER}, or choose other hardware (--hardware)",
    ),
    _Row(
        Party.PLATFORM,
        _FAILED,
        lazy(r"^(?:Unexpected job error\b|Job failed with unknown reason\b)"),
        "the Hub's build job failed by itself",
        _TRY_LATER,
    ),
    _Row(
        Party.PLATFORM,
        _FAILED,
        lazy(
            r"^(?:Exit code: \d{1,3}\. Reason: )?"
            r"(?:failed to (?:create|start) (?:containerd|shim) task\b|failed to reserve container)"
        ),
        "the Hub could not create the container",
        _TRY_LATER,
        # what the Dockerfile starts is missing, or can't be run
        unless=lazy(
            r"(?is)^(?!.{0,300}\bmount rootfs component\b)"
            r".*?(?:\bexec\b|permission denied|no such file|not found|not a directory)"
        ),
    ),
    _Row(
        Party.PLATFORM,
        _FAILED,
        lazy(
            r"(?i)^(?!Exit code).{0,80}?\b(?:evict(?:ed|ion)|preempt(?:ed|ion)|low on resource|"
            r"node ?(?:shutdown|lost|failure|(?:is |was )?(?:not ready|drained|unreachable)))\b"
        ),
        "the Hub removed the Space from its machine",
        _TRY_LATER,
        unless=lazy(r"(?i)limit exceeded|ephemeral|\bexceed(?:s|ed)\b"),
    ),
    _Row(
        Party.PLATFORM,
        _FAILED,
        _REGISTRY_FAILED,
        "the Hub's own image registry failed",
        _TRY_LATER,
        log=_REGISTRY_FAILED,
    ),
    _Row(
        Party.SETTINGS,
        (Stage.CONFIG_ERROR,),
        lazy(r"(?i)\bcollision on variables and secrets\b"),
        "a variable and a secret have the same name",
        "delete one of the two in the Space's settings",
    ),
    _Row(
        Party.SETTINGS,
        (Stage.CONFIG_ERROR,),
        lazy(r"(?i)\b(?:secrets?|variables?)\b"),
        "the Hub does not accept its variables or secrets",
        "correct them in the Space's settings",
        unless=_IN_FILES,
    ),
    _Row(
        Party.SETTINGS,
        (Stage.CONFIG_ERROR,),
        lazy(r"(?i)\b(?:storage|volumes?|buckets?|mount(?:ed|s)?)\b"),
        "the Hub does not accept its storage",
        "change the storage in the Space's settings",
        unless=_IN_FILES,
    ),
    _Row(
        Party.SETTINGS,
        (Stage.CONFIG_ERROR,),
        lazy(
            r"(?i)\b(?:hardware|flavou?r|ZeroGPU|zero-a10g|GPUs?|CPUs?|subscri\w+|PRO|billing|"
            r"payment|credits?|quota)\b"
        ),
        "the Space may not have its hardware",
        "choose other hardware (--hardware), or change the subscription: " + _BILLING_PAGE,
        unless=_IN_FILES,
    ),
    _Row(
        Party.HUB,
        _STOPPED,
        lazy(r"(?i)\bquota|\btoo many\b|\blimits? (?:reached|exceeded)|\breached .{0,40}\blimit"),
        "by the Hub itself, for a quota",
        f"pause other Spaces, or change the subscription ({_BILLING_PAGE}), then resume this one",
    ),
    _Row(
        Party.HUB,
        _STOPPED,
        lazy(r"(?i)\b(?:billing|payments?|unpaid|invoices?|credits?|balance|subscri\w+)\b"),
        "by the Hub itself, for a payment",
        f"settle it at {_BILLING_PAGE}, then resume the Space",
    ),
    _Row(
        Party.HUB,
        _STOPPED,
        lazy(
            r"(?i)\b(?:abus\w+|flagged|violat\w+|terms of|moderat\w+|banned|blocked|suspended|"
            r"disabled|prohibited|by (?:hugging ?face|an? admin\w*))\b"
        ),
        "by the Hub itself",
        f"resuming it does not help; ask {_SUPPORT}, with the Space's URL",
    ),
    _Row(
        # in words that no row above has
        Party.HUB,
        (Stage.PAUSED,),
        lazy(r"\S"),
        "not by its owner",
        f"do what the Hub's message asks for, or ask {_SUPPORT}, with the Space's URL",
        unless=lazy(r"(?i)\bby (?:(?:its|the|their) )?owner\b|\bowner's request\b"),
    ),
)


def find_fault(runtime: Runtime, log: Sequence[str] = ()) -> Fault | None:
    """Who is at fault for the stage that a Space is in; None if that may be the files.

    `log` is the end of the build log, where that failed. Lines are untrusted, and searched up to a
    maximal length.
    """
    message = (runtime.message or "")[:_MAX_LINE]
    lines = [line[:_MAX_LINE] for line in log[-_LOG_END:]]
    for row in _ROWS:
        if runtime.stage in row.stages and (line := row.find(message, lines)):
            return Fault(row.party, row.message, line.strip()[:_MAX_QUOTE], row.fix)
    return None


def stopped_by_hub(space: SpaceId, runtime: Runtime) -> str | None:
    """That the Hub itself stopped a Space, why, and what to do; None where it did not."""
    fault = find_fault(runtime)
    if fault is None or fault.party is not Party.HUB:
        return None
    return f"{space} is {runtime.stage.lower()} {fault.message} ({fault.line}); {fault.fix}"
