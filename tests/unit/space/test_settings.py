"""A Space's settings: how they are read, what differs, and that a secret stays one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.errors import UsageError
from deployer.request import DeployRequest
from deployer.space.settings import (
    NEVER,
    CurrentSettings,
    RequestedSettings,
    Secret,
    SettingsPlan,
    Variable,
    compare,
    read_secrets,
    read_variables,
)
from deployer.space.space import SpaceId, Visibility

VALUE = "s3cr3t-v4lue"
KEY = Secret("API_KEY", VALUE)
MODEL = Variable("MODEL_ID", "org/model")


def _present(**more: Any) -> CurrentSettings:
    return CurrentSettings(
        **{"private": True, "hardware": "cpu-basic", "sleep_time": 172800, **more}
    )


def _plan(asked: RequestedSettings, *, committing: bool = False, **present: Any) -> SettingsPlan:
    return compare(asked, _present(**present), committing=committing)


def _shown(error: UsageError) -> str:
    return "\n".join((str(error), error.message, error.cause, error.fix))


def test_a_secret_shows_only_its_name() -> None:
    request = DeployRequest(
        SpaceId("o", "n"), Path("."), settings=RequestedSettings(secrets=(KEY,))
    )
    plan = SettingsPlan(set_secrets=(KEY,))
    shown = (
        repr(KEY), str(KEY), f"{KEY}", f"{KEY!r:>40}", f"{KEY:>40}", format(KEY, "s"),
        repr([KEY]), repr(request), repr(plan), "\n".join(plan.names),
    )  # fmt: skip
    for text in shown:
        assert VALUE not in text and "API_KEY" in text
    assert "***" in repr(KEY)


def test_secrets_are_the_same_where_name_and_value_are() -> None:
    assert KEY == Secret("API_KEY", VALUE)
    assert KEY != Secret("API_KEY", "other")
    with pytest.raises(dataclasses.FrozenInstanceError):
        KEY.value = "other"  # type: ignore[misc]


def test_an_empty_request_changes_nothing() -> None:
    assert RequestedSettings() == RequestedSettings(visibility=Visibility.AUTO)
    plan = _plan(
        RequestedSettings(), committing=True, variables={"A": "1"}, secret_names=frozenset({"B"})
    )
    assert plan == SettingsPlan()
    assert (plan.changes, plan.restarts, plan.names) == (False, False, ())


def test_only_the_variables_that_differ_are_set() -> None:
    asked = RequestedSettings(variables=(MODEL, Variable("SAME", "1"), Variable("NEW", "")))
    plan = _plan(asked, committing=True, variables={"MODEL_ID": "old", "SAME": "1", "LEFT": "x"})
    assert plan == SettingsPlan(set_variables=(MODEL, Variable("NEW", "")))
    assert plan.names == ("variable MODEL_ID", "variable NEW")


def test_other_variables_are_only_removed_with_prune() -> None:
    there = {"MODEL_ID": "org/model", "OLD": "1", "ANCIENT": "2"}
    assert not _plan(
        RequestedSettings(variables=(MODEL,)), committing=True, variables=there
    ).changes
    plan = _plan(RequestedSettings(variables=(MODEL,), prune_variables=True), variables=there)
    assert plan.delete_variables == ("ANCIENT", "OLD") and not plan.set_variables
    assert plan.names == ("variable ANCIENT (removed)", "variable OLD (removed)")
    assert plan.restarts


@pytest.mark.parametrize(
    ("there", "committing", "push", "sent"),
    [
        (True, False, False, False),
        (True, True, False, True),
        (True, False, True, True),
        (False, False, False, True),
    ],
)
def test_a_secret_is_sent_with_a_commit_on_request_or_if_missing(
    there: bool, committing: bool, push: bool, sent: bool
) -> None:
    names = frozenset({"API_KEY"} if there else ())
    asked = RequestedSettings(secrets=(KEY,), push_secrets=push)
    plan = _plan(asked, committing=committing, secret_names=names)
    assert plan.set_secrets == ((KEY,) if sent else ())
    assert (plan.restarts, plan.names) == (sent, ("secret API_KEY",) if sent else ())


def test_hardware_is_requested_if_another_was_requested() -> None:
    asked = RequestedSettings(hardware="t4-small")
    assert not _plan(asked, committing=True, hardware="t4-small").changes
    plan = _plan(asked)
    assert (plan.names, plan.restarts) == (("hardware t4-small",), True)


@pytest.mark.parametrize(
    ("asked", "there", "committing", "sent"),
    [
        (3600, 172800, False, 3600),
        (3600, 3600, True, None),
        (3600, None, False, 3600),
        (NEVER, 3600, False, NEVER),
        (NEVER, NEVER, True, None),
        (NEVER, None, False, None),
        (NEVER, None, True, NEVER),
        (None, 3600, True, None),
    ],
)
def test_the_sleep_time_is_set_if_it_differs_or_may_differ(
    asked: int | None, there: int | None, committing: bool, sent: int | None
) -> None:
    plan = _plan(RequestedSettings(sleep_time=asked), committing=committing, sleep_time=there)
    assert plan.sleep_time == sent
    assert not plan.restarts


def test_a_change_of_hardware_sets_the_sleep_time_again() -> None:
    asked = RequestedSettings(hardware="t4-small", sleep_time=3600)
    assert _plan(asked, sleep_time=3600).sleep_time == 3600
    assert _plan(asked, sleep_time=3600).names == ("hardware t4-small", "sleep time 3600 s")
    assert _plan(asked, sleep_time=3600, hardware="t4-small").sleep_time is None
    assert SettingsPlan(sleep_time=NEVER).names == ("sleep time never",)


@pytest.mark.parametrize(
    ("asked", "private", "reported", "committing", "sent"),
    [
        ("public", True, None, False, True),
        ("private", False, None, False, True),
        ("public", False, "public", True, False),
        ("protected", True, "protected", True, False),
        ("private", True, "protected", False, True),
        # the Hub doesn't say which of two it is
        ("public", False, None, False, False),
        ("public", False, None, True, True),
        ("private", True, None, False, False),
        ("private", True, None, True, True),
        ("protected", False, None, False, False),
        ("protected", True, None, True, True),
        ("auto", True, "public", True, False),
    ],
)
def test_the_visibility_is_set_if_it_differs_or_may_differ(
    asked: str, private: bool, reported: str | None, committing: bool, sent: bool
) -> None:
    visibility = Visibility(asked)
    plan = _plan(
        RequestedSettings(visibility=visibility),
        committing=committing,
        private=private,
        visibility=reported,
    )
    assert plan.visibility == (visibility if sent else None)
    assert (plan.names, plan.restarts) == ((f"visibility {asked}",) if sent else (), False)


def test_a_value_is_all_that_follows_the_first_equals_sign() -> None:
    lines = ["A=b=c==", "B= with blanks ", "C=", " D =x", "E"]
    found = read_variables(lines, {"E": "many\nlines\n"})
    values = [(variable.name, variable.value) for variable in found]
    assert values == [
        ("A", "b=c=="), ("B", " with blanks "), ("C", ""), ("D", "x"), ("E", "many\nlines\n")
    ]  # fmt: skip


def test_a_secret_s_value_comes_from_its_line_or_from_the_environment() -> None:
    found = read_secrets([f"A={VALUE}=", "B"], {"B": "many\nlines", "A": "not this"})
    assert found == (Secret("A", f"{VALUE}="), Secret("B", "many\nlines"))


@pytest.mark.parametrize(
    "line",
    [f"={VALUE}", f"1A={VALUE}", f"MY-KEY={VALUE}", VALUE, f"export A={VALUE}", f"_A={VALUE}",
     f"É={VALUE}", f"{VALUE}=", "-----BEGIN s3cr3t-v4lue-----", f"A\x1b[2J={VALUE}"],
)  # fmt: skip
def test_an_invalid_line_is_named_by_its_number_alone(line: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_secrets(["GOOD=1", line], {})
    assert "line 2" in raised.value.message
    assert VALUE not in _shown(raised.value) and "\x1b" not in _shown(raised.value)


def test_a_piece_of_a_key_that_looks_like_a_name_is_not_shown() -> None:
    for line in ("MIIEpQIBAAKCAQEAr7", "bWlpZXBxaWJhYWtj=", "A" * 64):
        with pytest.raises(UsageError) as raised:
            read_secrets([line], {})
        assert line.rstrip("=") not in _shown(raised.value)
        assert "line 1" in _shown(raised.value)


def test_a_name_that_the_environment_does_not_have_is_reported() -> None:
    with pytest.raises(UsageError, match="without a value") as raised:
        read_secrets(["API_KEY"], {"OTHER": VALUE})
    assert "API_KEY" in raised.value.cause
    with pytest.raises(UsageError, match="without a value") as raised:
        read_variables(["model_id"], {})
    assert "model_id" in raised.value.cause


@pytest.mark.parametrize("line", ["API_KEY=", "API_KEY=  ", "API_KEY"])
def test_an_empty_secret_is_a_secret_that_the_repository_lacks(line: str) -> None:
    with pytest.raises(UsageError, match="empty") as raised:
        read_secrets([line], {"API_KEY": ""})
    assert "API_KEY" in raised.value.cause and "repository" in raised.value.fix


def test_a_value_that_is_not_text_is_rejected_without_showing_it() -> None:
    with pytest.raises(UsageError, match="not text") as raised:
        read_secrets(["API_KEY"], {"API_KEY": f"{VALUE}\udcff"})
    assert VALUE not in _shown(raised.value)


@pytest.mark.parametrize(
    "asked",
    [
        {"variables": (MODEL, Variable("MODEL_ID", VALUE))},
        {"secrets": (Secret("MODEL_ID", VALUE), Secret("MODEL_ID", "x"))},
        {"variables": (MODEL,), "secrets": (Secret("MODEL_ID", VALUE),)},
    ],
)
def test_a_duplicate_name_is_an_error(asked: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="duplicate .*'MODEL_ID'") as raised:
        RequestedSettings(**asked)
    assert VALUE not in _shown(raised.value)


@given(some.lists(some.text(max_size=80), max_size=5))
def test_any_lines_are_secrets_or_a_problem_that_shows_no_value(lines: list[str]) -> None:
    marked = [f"{line}{VALUE}" for line in lines]
    try:
        secrets = read_secrets(marked, {})
    except UsageError as error:
        assert VALUE not in _shown(error)
    else:
        assert len(secrets) == len(lines)
