"""How a Dockerfile is read: lines, stages, variables, folders."""

from __future__ import annotations

import pytest

from deployer.checks.docker_instructions import expand, needed, parse, stages


def test_an_instruction_has_its_first_line_and_no_comment_in_it() -> None:
    read = parse("# c\nFROM a AS b\nRUN x\n\nfrom c\nrun a \\\n# in between\n  b\nCMD d\n")
    assert [(one.line, one.keyword, one.arguments) for one in read] == [
        (2, "FROM", "a AS b"),
        (3, "RUN", "x"),
        (5, "FROM", "c"),
        (6, "RUN", "a  b"),
        (9, "CMD", "d"),
    ]


def test_a_here_document_belongs_to_its_instruction() -> None:
    read = parse('FROM a\nRUN <<"EOF"\nCMD no\nEOF\nENV A="b << c"\nCMD yes\n')
    assert [one.keyword for one in read] == ["FROM", "RUN", "ENV", "CMD"]


def test_here_documents_of_one_instruction_follow_each_other() -> None:
    read = parse("FROM a\nCOPY <<x <<y /etc/\none\nx\ntwo\ny\nCMD z\n")
    assert [one.keyword for one in read] == ["FROM", "COPY", "CMD"]


def test_the_words_of_both_forms_and_the_options() -> None:
    one, two = parse('COPY --from=b --chown=u "a b" c /d/\nCMD ["x", "y z"]\n')
    assert one.options == {"from": "b", "chown": "u"}
    assert one.operands == ["a b", "c", "/d/"]
    assert two.words == two.exec_words == ["x", "y z"]
    assert parse("CMD x 'y z'\n")[0].exec_words is None


def test_a_stage_starts_with_all_that_it_is_built_from() -> None:
    text = (
        "ARG TAG=3.12\nFROM python:${TAG} AS Base\nENV A=1\nWORKDIR /app\n"
        "FROM base AS tests\nRUN t\nFROM node AS web\nRUN n\n"
        "FROM base\nWORKDIR src\nCOPY --from=web /x /x\nCMD y\n"
    )
    every = stages(parse(text))
    last = every[-1]
    assert last.image == "python:3.12"
    assert [one.keyword for one in last.instructions] == (
        "FROM ENV WORKDIR FROM WORKDIR COPY CMD".split()
    )
    assert last.variables() == {"A": "1"}
    assert last.folder() == "/app/src"
    assert [stage.name for stage in needed(every)] == ["web", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ARG PORT=7860\nENV PORT=${PORT}", "7860"),
        ("ENV PORT 8000", "8000"),
        ("ENV PORT='80' B=1\nENV PORT=${PORT}00", "8000"),
        ("ARG PORT", None),
        ("ENV PORT=$UNKNOWN", None),
        ("ENV PORT=${UNKNOWN:-9000}", "9000"),
        ("ENV PORT=1\nARG PORT=2", "1"),
    ],
)
def test_a_variable_has_its_last_value_or_an_unknown_one(text: str, expected: str | None) -> None:
    stage = stages(parse(f"FROM a\n{text}\n"))[-1]
    assert stage.variables()["PORT"] == expected


def test_an_argument_before_the_first_stage_counts_only_where_a_stage_asks_for_it() -> None:
    stage = stages(parse("ARG V=1\nARG W=2\nFROM a\nARG V\n"))[-1]
    assert stage.variables() == {"V": "1"}


def test_a_value_that_doubles_with_each_line_is_not_known() -> None:
    doubled = "".join(f"ENV A{n}=$A{n - 1}$A{n - 1}\n" for n in range(1, 60))
    known = stages(parse(f"FROM a\nENV A0=xxxxxxxxxx\n{doubled}"))[-1].variables()
    assert known["A5"] == "x" * 320 and known["A10"] is None and known["A59"] is None


def test_what_a_shell_alone_could_say_is_not_known() -> None:
    assert expand("$(nproc)", {}) is None
    assert expand("${A%b}", {"A": "c"}) is None
    assert expand("\\$A", {"A": "c"}) == "$A"
