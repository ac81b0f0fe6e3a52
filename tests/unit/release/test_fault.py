"""Whose fault a failure is: the platform's, the settings', the Hub's, or else the files'."""

from __future__ import annotations

import time

import pytest

from deployer.release.fault import Party, find_fault
from deployer.space.space import Runtime

P, S, H = Party.PLATFORM, Party.SETTINGS, Party.HUB
REGISTRY = "https://spaces-registry.huggingface.tech/v2/spaces/65ab/manifests/cpu-64da653-x1"


def _party(stage: str, message: str | None, *log: str) -> Party | None:
    found = find_fault(Runtime(stage, message=message), log)
    if found is not None:
        assert found.line in (message, *log) and found.fix and "{" not in found.message
    return found and found.party


@pytest.mark.parametrize(
    ("stage", "message", "party"),
    [
        ("RUNTIME_ERROR", "Scheduling failure: unable to schedule", P),
        ("RUNTIME_ERROR", "Scheduling failure: not enough hardware capacity", P),
        ("RUNTIME_ERROR", "Scheduling failure: port 8080 of this machine is taken by another", P),
        ("CONFIG_ERROR", "The local Hub can't build Docker Spaces: it has no container engine.", P),
        ("BUILD_ERROR", "Unexpected job error", P),
        ("BUILD_ERROR", "Job failed with unknown reason", P),
        (
            "RUNTIME_ERROR",
            "Exit code: 128. Reason: failed to create containerd task: failed to create shim task: "
            "context canceled",
            P,
        ),
        ("RUNTIME_ERROR", "Workload evicted", P),
        ("RUNTIME_ERROR", "The node was low on resource: memory", P),
        ("RUNTIME_ERROR", "Pod was evicted: node shutdown", P),
        ("BUILD_ERROR", f"failed to push image: unexpected status from HEAD {REGISTRY}: 503", P),
        ("CONFIG_ERROR", "Collision on variables and secrets names", S),
        ("CONFIG_ERROR", "Invalid secrets: a name is empty", S),
        ("CONFIG_ERROR", "This Space requires persistent storage", S),
        ("CONFIG_ERROR", "Hardware a100-large is not available in this region", S),
        ("CONFIG_ERROR", "You need a PRO subscription to use ZeroGPU", S),
        ("CONFIG_ERROR", "ZeroGPU is only compatible with the Gradio SDK", S),
        ("PAUSED", "Flagged as abusive", H),
        ("STOPPED", "This Space violates the terms of service", H),
        ("PAUSED", "You've reached your hardware quota limit across all your Spaces!", H),
        ("PAUSED", "Payment failed", H),
        ("PAUSED", "Space was paused: crypto mining detected", H),
        ("PAUSED", "Paused by an organization admin policy", H),
        (
            "RUNTIME_ERROR",
            "Exit code: 128. Reason: failed to create containerd task: failed to mount rootfs "
            "component: no such file or directory",
            P,
        ),
    ],
)
def test_the_message_of_the_hub_tells_whose_fault_it_is(
    stage: str, message: str, party: Party
) -> None:
    assert _party(stage, message) is party


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ("RUNTIME_ERROR", None),
        ("RUNTIME_ERROR", "Exit code: 1. Reason: Scheduling failure: no worker for the queue"),
        ("RUNTIME_ERROR", "Exit code: 1. Reason: cache entry evicted"),
        ("RUNTIME_ERROR", "Workload evicted, storage limit exceeded (50G)"),
        ("RUNTIME_ERROR", "Memory limit exceeded (16Gi)"),
        ("RUNTIME_ERROR", "Launch timed out, workload was not healthy after 30 min"),
        (
            "RUNTIME_ERROR",
            "Exit code: 128. Reason: failed to create containerd task: failed to create shim task: "
            'OCI runtime create failed: exec: "./start.sh": permission denied: unknown',
        ),
        (
            "RUNTIME_ERROR",
            "failed to create containerd task: failed to create shim task: OCI runtime create "
            'failed: exec: "gunicorn": executable file not found in $PATH',
        ),
        ("BUILD_ERROR", "Job failed with exit code: 1. Reason: cache miss: [pipfreeze 2/2]"),
        ("CONFIG_ERROR", "Missing configuration in README"),
        ("CONFIG_ERROR", "torch version in requirements.txt is not compatible with ZeroGPU"),
        ("CONFIG_ERROR", "No candidate PyTorch version found for ZeroGPU"),
        ("CONFIG_ERROR", "Repository storage limit reached (Max: 1 GB)"),
        ("RUNTIME_ERROR", "Evicted: ephemeral local storage usage exceeds the total limit of 50Gi"),
        ("CONFIG_ERROR", '"suggested_hardware" must be one of [cpu-basic]'),
        ("PAUSED", None),
        ("PAUSED", ""),
        ("PAUSED", "Paused by the owner"),
        ("PAUSED", "This Space has been paused by its owner."),
        ("PAUSED", "Paused at the owner's request"),
        ("RUNNING", "Flagged as abusive"),
    ],
)
def test_what_may_be_the_files_fault_is_nobody_elses(stage: str, message: str | None) -> None:
    assert _party(stage, message) is None


PUSH = f"--> ERROR: failed to push: unexpected status from HEAD request to {REGISTRY}: 401 No"


@pytest.mark.parametrize(
    ("line", "party"),
    [
        (PUSH, P),
        ("ERROR: failed to solve: registry.hf.space/acme-base:latest: 401 Unauthorized", None),
        ("ERROR: failed to solve: registry.hf.space/acme-base:latest: 502 Bad Gateway", P),
        ("ERROR: failed to solve: ghcr.io/acme/base: 401 Unauthorized", None),
        ("fatal: Authentication failed for 'https://github.com/acme/base.git/'", None),
        ("Scheduling failure: unable to schedule", None),
    ],
)
def test_the_end_of_the_build_log_shows_what_the_registry_answered(
    line: str, party: Party | None
) -> None:
    message = "Job failed with exit code: 1"
    assert _party("BUILD_ERROR", message, "--> Pushing image", line, "") is party
    assert _party("BUILD_ERROR", message, line, *["--> RUN make"] * 50) is None


def test_only_what_resuming_can_help_says_so() -> None:
    fixes = [
        find_fault(Runtime("PAUSED", message=message))
        for message in ("Flagged as abusive", "quota exceeded", "Payment failed", "Mining detected")
    ]
    resumes = ["then resume" in str(fault and fault.fix) for fault in fixes]
    assert resumes == [False, True, True, False]


def test_a_hostile_message_is_read_quickly() -> None:
    for piece in ("evicted ", "registry.hf.space", REGISTRY, "failed to push ", "a", "limit "):
        text = piece * (200_000 // len(piece))
        for stage in ("BUILD_ERROR", "CONFIG_ERROR", "PAUSED"):
            start = time.process_time()
            find_fault(Runtime(stage, message=text), [text] * 20)
            assert time.process_time() - start < 1.0, piece
