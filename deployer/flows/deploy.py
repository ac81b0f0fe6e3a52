"""Deploy: make the Space equal to the source by one commit, and wait until that commit is healthy.

plan → scan for credentials → carry out
"""

from __future__ import annotations

from dataclasses import replace

from deployer.flows.carry_out import carry_out
from deployer.flows.interrupt import run
from deployer.flows.operation import Operation
from deployer.flows.plan import plan_release
from deployer.flows.scan_credentials import scan_variables, variable_warnings
from deployer.flows.snapshot_content import SnapshotContent
from deployer.flows.validate import ValidSource
from deployer.release.outcome import DeployResult
from deployer.world import clock
from deployer.world.hub.errors import not_logged_in


def deploy(operation: Operation, valid: ValidSource) -> DeployResult:
    """Deploy a source that passed its checks.

    `operation.confirm` is asked before files of a Space are deleted that no release of ours put
    there. Raises the DeployError of whatever keeps the deploy from being made; how it ended once it
    was made is in the result.
    """
    if operation.client.token is None:
        raise not_logged_in()
    scan_variables(operation.request)
    for warning in variable_warnings(operation.request):
        operation.warn(warning)
    result = run(operation, lambda noted: _deploy(noted, SnapshotContent(valid)))
    return replace(result, source=valid.snapshot.source)


def _deploy(operation: Operation, content: SnapshotContent) -> DeployResult:
    started_at = clock.now()
    operation, planned = plan_release(operation, content)
    content.scan(operation, planned)
    return carry_out(operation, content, planned, started_at)
