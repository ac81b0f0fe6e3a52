"""The title and trailers of a release's commit, and what is read back from them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from deployer.release.history import ReleaseCommit, carries_nonce, parse_trailers
from deployer.release.release import Kind, Promoted, Run, read_card_trailer
from deployer.source.snapshot import Source
from tests.unit.releases import BELOW, SNAPSHOT, SOURCE, commit_of, release_of


def test_the_trailers_of_a_release_are_parsed() -> None:
    release = release_of(run=Run("4711", "2", "julia"))
    trailers = parse_trailers(release.message)
    assert trailers["Release"] == "7" and trailers["Run"] == "4711" and trailers["Attempt"] == "2"
    assert trailers["Source"] == f"julia/project@{SOURCE}" and trailers["Snapshot"] == SNAPSHOT
    record = ReleaseCommit.read(commit_of(release.message), BELOW)
    assert record and record.number == 7 and record.source == release.source
    assert record.run == release.run
    assert carries_nonce(commit_of(release.message), "n0")
    assert not carries_nonce(commit_of(release.message), "n")
    assert release.title == "Deploy julia/project@aaaaaaa"


def test_an_unknown_value_has_no_trailer() -> None:
    message = release_of(source=Source("folder")).message
    assert {"Ref", "Run", "Attempt", "Actor"}.isdisjoint(parse_trailers(message))


@given(some.text(max_size=40), some.text(max_size=40), some.text(max_size=40))
@example("\udcff", "\udcff", "\udcff")
def test_no_name_can_forge_a_trailer(repository: str, ref: str, actor: str) -> None:
    release = release_of(source=Source(repository, SOURCE, ref), run=Run("1", "1", actor))
    trailers = parse_trailers(release.message)
    assert (trailers["Release"], trailers["Nonce"], trailers["Kind"]) == ("7", "n0", "deploy")
    known = {
        "Release",
        "Kind",
        "Source",
        "Ref",
        "Run",
        "Attempt",
        "Actor",
        "Snapshot",
        "Attributes",
        "Base",
        "Kept",
        "Running",
        "Because",
        "Nonce",
        "Tool",
    }
    assert set(trailers) <= known
    assert len(release.title.splitlines()) == 1
    assert f"{release.title}{release.message}".encode()


# a card is YAML, which has no other control characters
_LINES = some.text(some.characters(codec="utf-8", exclude_characters="\x7f"), max_size=40)


@given(some.dictionaries(some.text("abc_", min_size=1), some.none() | _LINES, min_size=1))
@example({"title": "title: |\r\n  x\n\nRelease: 99\u2028Nonce: n9\n", "pinned": None})
def test_the_lines_of_a_card_are_read_back_and_forge_no_trailer(
    card: dict[str, str | None],
) -> None:
    message = release_of(card=card).message
    record = ReleaseCommit.read(commit_of(message), BELOW)
    assert record and record.card == card
    assert (record.number, record.trailers["Nonce"]) == (7, "n0")
    assert set(record.trailers) == {*parse_trailers(release_of().message), "Card"}


def test_a_release_without_an_environment_s_card_has_no_lines() -> None:
    message = release_of(card={}).message
    record = ReleaseCommit.read(commit_of(message), BELOW)
    assert "Card" not in message and record and record.card == {}


@pytest.mark.parametrize("text", ["3", "[]", '{"title": 3}', "{", "[" * 100_000, '{"a": {}}'])
def test_a_trailer_that_is_not_of_a_card_is_not_read(text: str) -> None:
    assert read_card_trailer(text) is None


def test_a_trailer_with_the_key_of_another_app_counts_as_none() -> None:
    assert read_card_trailer('{"title": null, "sdk": "sdk: docker\\n"}') == {}


def test_a_promotion_says_where_it_comes_from_and_which_run_deployed_that_first() -> None:
    promoted = Promoted("julia/staging", "a" * 40, 12)
    release = release_of(
        kind=Kind.PROMOTE, promoted=promoted, source_run=Run("100", "2"), run=Run("200", "1")
    )
    record = ReleaseCommit.read(commit_of(release.message), BELOW)
    assert record and (record.kind, record.promoted) == ("promote", promoted)
    assert (record.run.sequence, record.source_run.sequence) == ((200, 1), (100, 2))
    assert release.title.startswith("Promote ")


@pytest.mark.parametrize(
    ("kind", "source_run", "sequence"),
    [
        (Kind.DEPLOY, Run(), (200, 1)),
        (Kind.ROLLBACK, Run(), None),
        (Kind.ROLLBACK, Run("100"), (100, 1)),
        (Kind.PROMOTE, Run(), None),
    ],
)
def test_only_a_deploy_is_its_own_source_run(
    kind: Kind, source_run: Run, sequence: tuple[int, int] | None
) -> None:
    release = release_of(kind=kind, source_run=source_run, run=Run("200", "1"))
    record = ReleaseCommit.read(commit_of(release.message), BELOW)
    assert record and record.source_run.sequence == sequence


@pytest.mark.parametrize(
    "text",
    [
        None,
        "julia/staging",
        f"julia@{'a' * 40} release 1",
        f"julia/staging@{'a' * 39} release 1",
        f"julia/staging@{'a' * 40} release one",
        f"../x/y@{'a' * 40} release 1",
        f"julia/<b>@{'a' * 40} release 1",
    ],
)
def test_a_trailer_that_names_no_release_of_a_space_is_not_read(text: str | None) -> None:
    assert Promoted.read(text) is None
