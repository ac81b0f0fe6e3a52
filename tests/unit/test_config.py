"""The config file, and durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer import config
from deployer.errors import UsageError

KNOWN = {"path", "timeout", "include", "wait", "health-path"}


def test_without_a_file_or_table_there_is_no_config() -> None:
    assert config.read(None, None, KNOWN) is None
    assert config.read(None, "[project]\nname = 'x'\n", KNOWN) is None


def test_hf_deploy_toml_overrides_pyproject_which_is_not_read() -> None:
    found = config.read("path = 'a'\n", "[tool.hf-deploy]\npath = 'b'\nnonsense = 1\n", KNOWN)
    assert found is not None
    assert (found.origin, dict(found.options)) == ("hf-deploy.toml", {"path": "a"})


def test_pyproject_s_table_is_read() -> None:
    found = config.read(None, "[tool.hf-deploy]\nwait = false\ninclude = ['a', 'b']\n", KNOWN)
    assert found is not None
    assert dict(found.options) == {"wait": False, "include": ["a", "b"]}


@pytest.mark.parametrize(
    ("own", "shared", "says"),
    [
        ("path = ", None, "hf-deploy.toml"),
        (None, "[tool", "pyproject.toml"),
        ("timeuot = '1m'", None, "timeuot"),
        (None, "[tool.hf-deploy]\nhealthpath = 'x'", "healthpath"),
        ("path = 2026-01-01", None, "path"),
        ("path = 1.5", None, "path"),
        ("include = [1]", None, "include"),
        ("include = [['a']]", None, "include"),
        ("path = {a = 1}", None, "path"),
        (None, "[tool]\nhf-deploy = 'x'", "tool.hf-deploy"),
    ],
)
def test_an_invalid_entry_is_named(own: str | None, shared: str | None, says: str) -> None:
    with pytest.raises(UsageError) as raised:
        config.read(own, shared, KNOWN)
    assert says in raised.value.message
    assert raised.value.exit_code == 2


def test_a_similar_option_is_suggested() -> None:
    with pytest.raises(UsageError) as raised:
        config.read("timeuot = '1m'", None, KNOWN)
    assert "`timeout`" in raised.value.fix


def test_the_value_of_an_unknown_key_is_not_shown() -> None:
    with pytest.raises(UsageError) as raised:
        config.read("token = 'hf_secret'", None, KNOWN)
    assert "hf_secret" not in str(raised.value) + raised.value.cause + raised.value.fix


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        (" 30m ", 1800),
        ("1h30m", 5400),
        ("2h", 7200),
        ("1h2m3s", 3723),
        ("0", 0),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert config.parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", " ", "soon", "-5m", "1.5h", "m", "5 m", "1m1h", "1d", "1e3", "٣m x"]
)
def test_an_invalid_duration_is_rejected_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="30m"):
        config.parse_duration(text)


@given(some.integers(0, 99), some.integers(0, 99), some.integers(0, 99))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, rest: int) -> None:
    assert config.parse_duration(f"{hours}h{minutes}m{rest}s") == hours * 3600 + minutes * 60 + rest


@given(some.integers(0, 10**6))
def test_a_duration_is_written_as_it_is_read(seconds: int) -> None:
    assert config.parse_duration(config.format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0s"), (-5, "0s"), (90, "1m30s"), (3600, "1h")]
)
def test_a_duration_is_written_in_whole_seconds(seconds: float, text: str) -> None:
    assert config.format_duration(seconds) == text
