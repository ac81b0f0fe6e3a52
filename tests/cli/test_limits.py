"""`--max-cpu` and `--max-memory`: of a soak, and of a status."""

from __future__ import annotations

import time

import pytest

from deployer.rehearsal import App, Build, Fault, LocalHub, Metric, Metrics
from tests.cli.conftest import Runner
from tests.conftest import APP, SPACE, Cli, Repo

SOAK = ("--health-timeout", "30s", "--soak", "1s")
LIMITS = ("--max-cpu", "80%", "--max-memory", "90%")
BUSY = Metrics([Metric.of(100, 40), Metric.of(90, 60)])
FIGURES = "CPU 95% (peak 100%), memory 50% (peak 60%)"


def _summary(runner: Runner) -> str:
    """The job summary as it is read."""
    return runner.summary.replace("\\", "")


def _uses(hub: LocalHub, *samples: Metric) -> None:
    """Let the apps of all Spaces use this."""
    hub.scenario.builds = [Build(app=App(metrics=Metrics(samples)))]


def test_an_app_over_its_limit_is_unhealthy_and_rolled_back(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    hub.scenario.builds = [Build(), Build(app=App(metrics=BUSY)), Build()]
    assert cli("deploy", SPACE, *SOAK).code == 0
    repo.commit({"app.py": b"while True: pass\n"})
    ran = cli("deploy", SPACE, *SOAK, *LIMITS, **runner.environment)
    assert ran.code == 8, ran.err
    assert "error      app used more CPU or memory than its limit during the soak" in ran.err
    assert "cause      CPU: 95% on average, peak 100%, limit 80%" in ran.err
    assert "fix        make the app use less" in ran.err
    assert f"usage      {FIGURES}" in ran.err and FIGURES in _summary(runner)
    assert runner.outputs["verdict"] == "unhealthy"
    assert hub.files(SPACE)["app.py"] == APP["app.py"]


def test_the_figures_of_a_soak_are_in_the_json_and_not_without_one(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    hub.scenario.builds = [Build(app=App(metrics=BUSY))]
    ran = cli("deploy", SPACE, *SOAK, "--max-cpu", "96%", "--json")
    assert (ran.code, ran.json["verdict"]) == (0, "live")
    usage = ran.json["usage"]
    assert usage.pop("seconds") >= 1
    assert usage == {
        "cpu": {"mean": 95.0, "peak": 100.0},
        "memory": {"mean": 50.0, "peak": 60.0},
    }
    repo.commit({"app.py": b"2\n"})
    assert cli("deploy", SPACE, "--json").json["usage"] is None


def test_what_is_not_measured_is_a_warning(cli: Cli, runner: Runner) -> None:
    ran = cli("deploy", SPACE, *SOAK, *LIMITS, **runner.environment)
    assert ran.code == 0, ran.err
    assert "not measured" in runner.outputs["warnings"] and "not measured" in runner.summary


def test_a_rollback_by_hand_has_limits_too(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    assert cli("deploy", SPACE).code == 0
    repo.commit({"app.py": b"2\n"})
    assert cli("deploy", SPACE).code == 0
    _uses(hub, Metric.of(5, 95))
    ran = cli("rollback", SPACE, "--yes", *SOAK, *LIMITS)
    assert (ran.code, ran.error["cause"]) == (
        9,
        "memory: peak 95%, 95% on average, limit 90%",
    )


@pytest.mark.parametrize("command", ["deploy", "rollback", "status --wait"])
@pytest.mark.parametrize("option", ["--max-cpu", "--max-memory"])
def test_a_limit_without_a_soak_is_an_error_with_the_way_out(
    cli: Cli, hub: LocalHub, command: str, option: str
) -> None:
    name, *flags = command.split()
    ran = cli(name, SPACE, *flags, option, "80%")
    assert ran.code == 2, ran.err
    assert "need a soak" in ran.error["error"] and "--soak 2m" in ran.error["fix"]
    assert not hub.requests


GATES = b"""max-memory = "90%"

[environments.production]
space = "SPACE"
gate-soak = "10m"
max-cpu = "80%"
"""


@pytest.mark.parametrize("space", [SPACE, "production"])
def test_the_limits_of_gates_in_the_file_do_nothing_without_a_soak(
    cli: Cli, repo: Repo, space: str
) -> None:
    repo.commit({"hf-deploy.toml": GATES.replace(b"SPACE", SPACE.encode())})
    assert cli("deploy", space, "--dry-run").code == 0
    assert cli("deploy", space).code == 0
    assert cli("status", space, "--wait").code == 0
    repo.commit({"app.py": b"2\n"})
    assert cli("deploy", space).code == 0
    assert cli("rollback", space, "--yes").code == 0


def test_a_limit_of_the_caller_needs_a_soak_though_the_file_has_one_too(
    cli: Cli, repo: Repo
) -> None:
    repo.commit({"hf-deploy.toml": b'max-cpu = "80%"\n'})
    ran = cli("deploy", SPACE, HF_DEPLOY_MAX_CPU="50%")
    assert ran.code == 2 and "need a soak" in ran.error["error"]


@pytest.mark.parametrize(
    "value", ["80", "0.8", "0%", "101%", "-5%", "80 %", "8e1%", "1000%", "٨٠%", "much", ""]
)
def test_only_a_percentage_is_a_limit(cli: Cli, hub: LocalHub, value: str) -> None:
    ran = cli("deploy", SPACE, *SOAK, "--max-cpu", value)
    assert ran.code == 2 and "use 1% to 100%, e.g. 80%" in ran.err
    assert not hub.requests


def test_limits_are_taken_from_the_environment_and_from_the_file(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    _uses(hub, Metric.of(50, 50))
    repo.commit({"hf-deploy.toml": b'soak = "1s"\nmax-cpu = "40%"\n'})
    ran = cli("deploy", SPACE, *SOAK)
    assert (ran.code, "limit 40%" in ran.error["cause"]) == (9, True)
    ran = cli("deploy", SPACE, *SOAK, HF_DEPLOY_MAX_CPU="60%", HF_DEPLOY_MAX_MEMORY="45%")
    assert "memory: peak 50%, 50% on average, limit 45%" in ran.err
    assert "CPU: " not in ran.err
    repo.write({"hf-deploy.toml": b"max-cpu = 80\n"})
    ran = cli("deploy", SPACE, *SOAK)
    assert (ran.code, "max-cpu in hf-deploy.toml" in ran.error["error"]) == (2, True)
    assert "use 1% to 100%" in ran.error["cause"]


def test_a_status_shows_cpu_and_memory(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    hub.add_space(SPACE, APP, app=App(metrics=Metrics([Metric.of(12.34, 50)])))
    ran = cli("status", SPACE)
    assert ran.code == 0 and "usage      CPU 12.3%, memory 50%" in ran.out
    found = cli("status", SPACE, "--json", **runner.environment).json
    assert (found["cpu"], found["memory"], found["state"]) == (12.3, 50.0, "live")
    assert "CPU 12.3%, memory 50%" in _summary(runner)


def test_a_status_over_a_limit_is_unhealthy(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    hub.add_space(SPACE, APP, app=App(metrics=Metrics([Metric.of(95, 50)])))
    ran = cli("status", SPACE, *LIMITS, "--exit-code", "--json", **runner.environment)
    assert (ran.code, ran.json["state"], ran.json["exit_code"]) == (9, "unhealthy", 9)
    assert ran.json["error"]["cause"] == "CPU: 95% on average, peak 95%, limit 80%"
    assert "larger hardware" in ran.json["error"]["fix"]
    assert cli("status", SPACE, *LIMITS).code == 0
    assert cli("status", SPACE, "--max-cpu", "95%", "--exit-code").code == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", "/metrics", times=99, status=404),
        Fault("GET", "/metrics", times=99, status=500),
        Fault("GET", "/metrics", times=99, drop="before"),
        Fault("GET", "/metrics", times=99, hang=True),
    ],
)
def test_a_status_is_not_kept_waiting_for_metrics_and_misses_them_only_where_it_has_limits(
    cli: Cli, hub: LocalHub, fault: Fault
) -> None:
    hub.add_space(SPACE, APP, app=App(metrics=BUSY))
    hub.scenario.faults = [fault]
    started_at = time.monotonic()
    ran = cli("status", SPACE, "--exit-code", "--json")
    assert time.monotonic() - started_at < 10  # three seconds, and a slow machine
    assert (ran.code, ran.json["cpu"], ran.json["memory"]) == (0, None, None)
    assert "measured" not in ran.err
    assert len(hub.requests_to("/metrics")) == 1
    ran = cli("status", SPACE, *LIMITS, "--exit-code")
    assert ran.code == 0
    assert "warning    CPU and memory not measured: the Hub sent no metrics" in ran.err


@pytest.mark.parametrize("stage", ["SLEEPING", "PAUSED", "RUNTIME_ERROR"])
def test_an_app_that_does_not_run_is_not_measured(cli: Cli, hub: LocalHub, stage: str) -> None:
    hub.add_space(SPACE, APP, stage=stage)
    assert cli("status", SPACE, "--json").json["cpu"] is None
    assert not hub.requests_to("/metrics")


def test_without_a_token_nothing_is_measured(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, app=App(metrics=BUSY))
    ran = cli("status", SPACE, *LIMITS, "--json", HF_TOKEN="")
    assert ran.json["cpu"] is None and "there is no token" in ran.err
    assert not hub.requests_to("/metrics")
