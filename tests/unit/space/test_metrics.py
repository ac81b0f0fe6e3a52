"""What was used of CPU and memory, and whether that is over a limit."""

from __future__ import annotations

from math import inf, nan

import pytest

from deployer.space.metrics import Limits, Measurement, Sample, Usage, percent


def _usage(*samples: tuple[float, float, str]) -> Usage:
    """The usage that these samples say, one a second."""
    measured = Measurement(0.0)
    for at, sample in enumerate(samples, 1):
        measured.add(Sample(*sample), float(at))
    usage = measured.usage(float(len(samples)))
    assert usage is not None
    return usage


def test_without_samples_nothing_is_known() -> None:
    assert Measurement(0.0).usage(60.0) is None


def test_samples_cover_the_time_around_them_but_for_gaps() -> None:
    measured = Measurement(100.0)
    for at in (101.0, 102.0, 106.0, 120.0, 121.0):
        measured.add(Sample(0.1, 0.1), at)
    found = [measured.usage(until) for until in (121.0, 124.0, 180.0)]
    assert [usage and usage.seconds for usage in found] == [7.0, 10.0, 7.0]


def test_half_of_a_time_is_enough_to_say_what_was_used() -> None:
    usage = _usage(*[(0.1, 0.1, "")] * 30)
    assert usage.covers(60.0) and not usage.covers(61.0)


def test_a_flood_of_samples_covers_no_more_time_and_keeps_no_more_than_sums() -> None:
    measured = Measurement(0.0)
    for number in range(10_000):
        measured.add(Sample(0.5, 0.5, str(number)), 1.0)
    usage = measured.usage(600.0)
    assert usage == Usage(0.5, 0.5, 0.5, 0.5, 10_000, 1.0)
    assert len(measured._replicas) <= 101  # pylint: disable=protected-access


def test_peaks_and_means_are_of_all_samples() -> None:
    usage = _usage((0.2, 0.5, "a"), (0.8, 0.7, "a"))
    assert usage == Usage(0.8, pytest.approx(0.5), 0.7, pytest.approx(0.6), 2, 2.0)


def test_of_several_replicas_the_busiest_counts_and_not_their_mean() -> None:
    usage = _usage((0.1, 0.9, "a"), (0.1, 0.9, "a"), (0.9, 0.1, "b"), (0.7, 0.1, "b"))
    assert (usage.peak_cpu, usage.mean_cpu) == (0.9, pytest.approx(0.8))
    assert (usage.peak_memory, usage.mean_memory) == (0.9, pytest.approx(0.9))
    assert usage.samples == 4


def test_cpu_counts_by_its_mean_and_memory_by_its_peak() -> None:
    usage = _usage((1.0, 0.95, "a"), (0.2, 0.35, "a"))
    assert Limits(max_cpu=0.6, max_memory=0.95).exceeded_by(usage) is None
    assert Limits(max_cpu=0.5).exceeded_by(usage) == "CPU: 60% on average, peak 100%, limit 50%"
    assert Limits(0.5, 0.9).exceeded_by(usage) == (
        "CPU: 60% on average, peak 100%, limit 50%; memory: peak 95%, 65% on average, limit 90%"
    )


def test_a_limit_is_exceeded_just_where_the_figures_show_it() -> None:
    assert Limits(max_cpu=0.8).exceeded_by(_usage((0.8004, 0.0, ""))) is None
    exceeded = Limits(max_cpu=0.8).exceeded_by(_usage((0.801, 0.0, "")))
    assert exceeded == "CPU: 80.1% on average, peak 80.1%, limit 80%"


def test_without_a_limit_nothing_is_exceeded() -> None:
    assert not Limits() and Limits(max_cpu=0.5) and Limits(max_memory=0.5)
    assert Limits().exceeded_by(_usage((1.0, 1.0, ""))) is None


@pytest.mark.parametrize(
    "sample", [Sample(nan, 0.5), Sample(0.5, nan), Sample(-0.1, 0), Sample(0, inf), Sample(1.1, 0)]
)
def test_what_no_app_can_use_is_not_plausible(sample: Sample) -> None:
    assert not sample.is_plausible and Sample(1.004, 1.0).is_plausible


def test_figures_are_in_percent() -> None:
    assert [percent(share) for share in (0.0, 0.8, 0.8049, 1.0)] == ["0%", "80%", "80.5%", "100%"]
    assert str(_usage((0.25, 0.5, ""))) == "CPU 25%, memory 50%"
    both = str(_usage((0.25, 0.5, ""), (0.75, 0.5, "")))
    assert both == "CPU 50% (peak 75%), memory 50% (peak 50%), 2 s measured"
