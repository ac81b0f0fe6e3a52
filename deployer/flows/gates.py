"""Measure the gates of a promotion, all of them on the release that is to be promoted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from deployer.config import format_duration
from deployer.errors import Conflict
from deployer.events import GateMeasured
from deployer.flows.candidate import Candidate, check_candidate
from deployer.flows.measure import not_measured
from deployer.flows.operation import Operation
from deployer.release.outcome import ErrorDetails, Gate, HealthCheck, RolloutResult
from deployer.release.verdict import Verdict
from deployer.request import Gates
from deployer.space.metrics import Limits, Usage, percent
from deployer.world import clock

_MIN_AGE, _VERIFY, _SOAK = "min-age", "gate-verify", "gate-soak"
_CPU, _MEMORY = "max-cpu", "max-memory"
_PASSED = (Verdict.LIVE, Verdict.UNCHANGED)
_Checks = Mapping[str, HealthCheck]


class GateClosed(Exception):
    """A gate is closed: nothing may be sent."""

    def __init__(self, gates: tuple[Gate, ...]) -> None:
        super().__init__()
        self.gates = gates

    def rollout(self, candidate: Candidate) -> RolloutResult:
        """The result of a promotion that ends here."""
        closed = [gate for gate in self.gates if gate.is_open is False]
        error = ErrorDetails(
            f"gate closed: {', '.join(gate.name for gate in closed)}; nothing was promoted",
            "; ".join(map(str, closed)),
            _fix(candidate, closed),
        )
        return RolloutResult(Verdict.GATE_CLOSED, error)


def _fix(candidate: Candidate, closed: list[Gate]) -> str:
    if closed[0].name == _MIN_AGE:
        return "run the same command again later, or lower --min-age"
    if closed[0].measured is None:
        return "pass --allow-unmeasured to do without what can't be measured"
    return f"fix the app and deploy it to {candidate.space.id} again, or change the gate"


def pending_gates(operation: Operation, candidate: Candidate, gates: Gates) -> tuple[Gate, ...]:
    """The gates as far as they can be measured without waiting; emits each."""
    return _emitted(operation, (*_of_age(candidate, gates), *_pending(gates)))


def measure_gates(operation: Operation, candidate: Candidate, gates: Gates) -> tuple[Gate, ...]:
    """The gates, each measured on a candidate that is healthy now; emits each.

    `operation` is on the candidate's Space. Raises GateClosed where one is closed, and Conflict
    where the candidate is not healthy.
    """
    measured = [*_of_age(candidate, gates)]
    if any(gate.is_open is False for gate in measured):
        measured += _pending(gates)
    else:
        result = check_candidate(operation, candidate)
        checks = {check.name: check for check in result.checks}
        _require_healthy(candidate, gates, result, checks.get("probe"))
        for warning in (*result.warnings, *_too_little(gates, result.usage)):
            operation.warn(warning)
        measured += (*_of_checks(gates, result, checks), *_of_usage(gates, result.usage, checks))
    every = _emitted(operation, measured)
    if any(gate.is_open is False for gate in every):
        raise GateClosed(every)
    return every


def _emitted(operation: Operation, gates: Iterable[Gate]) -> tuple[Gate, ...]:
    every = tuple(gates)
    for gate in every:
        operation.emit(GateMeasured(gate))
    return every


def _require_healthy(
    candidate: Candidate, gates: Gates, result: RolloutResult, probe: HealthCheck | None
) -> None:
    """Raise Conflict where the candidate does not run, or its app gave no healthy response."""
    space, is_gone = candidate.space.id, result.verdict is Verdict.SUPERSEDED
    if probe is None or probe.passed is False or is_gone:
        raise Conflict(
            (
                f"{space} does not run {candidate.space.head[:7]} any more, so it is not promoted"
                if is_gone
                else f"{space} is not healthy, so it is not promoted"
            ),
            cause=result.error.cause if result.error else result.headline,
            fix=f"see what it runs: hf-deploy status {space.argument}; then deploy it again",
        )
    if probe.passed is None and not gates.allow_unmeasured:
        raise Conflict(
            f"{space} could not be probed, so it is not promoted",
            cause="; ".join(result.warnings),
            fix="run it where the app can be reached, or pass --allow-unmeasured",
        )


def _of_age(candidate: Candidate, gates: Gates) -> Iterator[Gate]:
    """How old the release is. The Hub dates no tag, so its age is that of its commit."""
    if gates.min_age and candidate.record is not None:
        age = clock.age(candidate.record.commit.at)
        target = format_duration(gates.min_age)
        yield Gate(_MIN_AGE, target, f"{format_duration(age)} old", age >= gates.min_age)


def _pending(gates: Gates) -> Iterator[Gate]:
    """The gates that take time, before they are measured."""
    if gates.verify is not None:
        yield Gate(_VERIFY, gates.verify.command)
    if gates.soak:
        yield Gate(_SOAK, format_duration(gates.soak))
    for name, limit in ((_CPU, gates.limits.max_cpu), (_MEMORY, gates.limits.max_memory)):
        if limit is not None:
            yield Gate(name, percent(limit))


def _of_checks(gates: Gates, result: RolloutResult, checks: _Checks) -> Iterator[Gate]:
    """What the command and the soak showed; the soak is not reached where the command failed."""
    for gate in _pending(gates):
        if gate.name not in (_VERIFY, _SOAK):
            continue
        check = checks.get(gate.name.removeprefix("gate-"))
        is_end = check is result.checks[-1] and result.verdict not in _PASSED
        if check is None:
            yield gate
        elif check.passed is False or is_end:
            cause = result.error.cause if result.error else result.headline
            yield replace(gate, measured=cause, is_open=False)
        else:
            is_probed = checks["probe"].passed is True
            shown = "healthy all the time" if is_probed else "running all the time, not probed"
            shown = "passed" if gate.name == _VERIFY else shown
            yield replace(gate, measured=shown, is_open=True)


def _too_little(gates: Gates, usage: Usage | None) -> Iterator[str]:
    """The warning that metrics came, but not for enough of the soak to say anything."""
    if gates.limits and usage is not None and not usage.covers(gates.soak):
        yield not_measured(usage, gates.soak)


def _of_usage(gates: Gates, usage: Usage | None, checks: _Checks) -> Iterator[Gate]:
    """What the app used during the soak; CPU counts by its mean, memory by its peak."""
    for gate in _pending(gates):
        if gate.name not in (_CPU, _MEMORY):
            continue
        if "soak" not in checks:
            yield gate
        elif usage is None or not usage.covers(gates.soak):
            yield replace(gate, is_open=gates.allow_unmeasured)
        elif gate.name == _CPU:
            shown = (
                f"mean {percent(usage.mean_cpu)}, peak {percent(usage.peak_cpu)}, {usage.covered}"
            )
            is_over = Limits(max_cpu=gates.limits.max_cpu).exceeded_by(usage)
            yield replace(gate, measured=shown, is_open=not is_over)
        else:
            shown = (
                f"peak {percent(usage.peak_memory)}, mean {percent(usage.mean_memory)}, "
                f"{usage.covered}"
            )
            is_over = Limits(max_memory=gates.limits.max_memory).exceeded_by(usage)
            yield replace(gate, measured=shown, is_open=not is_over)
