"""The runner that the other tests believe: it must do what GitHub's does."""

from __future__ import annotations

import pytest

from tests.action.runner.expressions import Contexts, Status, UnknownExpression, fill, holds
from tests.action.runner.filecommands import BadFileCommand, pairs
from tests.action.runner.log import Log, parsed

_CONTEXTS: Contexts = {
    "inputs": {"a": "x", "empty": "", "no": "false", "with-dash": "y"},
    "env": {"HOME": "/h"},
    "steps": {"one": {"outputs": {"done": "yes"}}},
}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("plain", "plain"),
        ("${{ inputs.a }}-${{ inputs.with-dash }}", "x-y"),
        ("${{ inputs.empty || env.HOME }}", "/h"),
        ("${{ inputs.empty || env.MISSING }}", ""),
        ("${{ inputs.a && 'it''s' }}", "it's"),
        (
            "${{ inputs.no && 'a text is true, whatever it says' }}",
            "a text is true, whatever it says",
        ),
        ("${{ inputs.a == 'X' }}", "true"),
        ("${{ !inputs.empty }}", "true"),
        ("${{ (inputs.a != 'x') || inputs.empty }}", ""),
        ("${{ steps.one.outputs.done }}${{ steps.one.outputs.missing }}", "yes"),
    ],
)
def test_an_expression_has_the_value_that_github_gives_it(template: str, value: str) -> None:
    assert fill(template, _CONTEXTS) == value


@pytest.mark.parametrize(
    "expression",
    [
        "inputs.b",
        "secrets.A",
        "steps.two.outputs.x",
        "toJSON(inputs)",
        "inputs",
        "1",
        "inputs.a ==",
    ],
)
def test_an_expression_that_is_not_known_is_an_error(expression: str) -> None:
    with pytest.raises(UnknownExpression):
        fill(f"${{{{ {expression} }}}}", _CONTEXTS)


@pytest.mark.parametrize(
    ("condition", "succeeded", "failed", "cancelled"),
    [
        ("success()", True, False, False),
        ("inputs.a", True, False, False),
        ("always()", True, True, True),
        ("always() && steps.one.outputs.done", True, True, True),
        ("always() && steps.one.outputs.missing", False, False, False),
        ("failure()", False, True, False),
        ("${{ cancelled() }}", False, False, True),
    ],
)
def test_a_condition_depends_on_the_previous_steps(
    condition: str, succeeded: bool, failed: bool, cancelled: bool
) -> None:
    values = [
        holds(condition, _CONTEXTS, status)
        for status in (Status(), Status(failed=True), Status(cancelled=True))
    ]
    assert values == [succeeded, failed, cancelled]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a=1\nb=2=3\n\n", {"a": "1", "b": "2=3"}),
        ("a=1<<2\n", {"a": "1<<2"}),
        ("a<<E\none\n two\nE\nb=2", {"a": "one\n two", "b": "2"}),
        ("a<<E\nE\n", {"a": ""}),
        ("a<<E\n\nE\n", {"a": ""}),
        ("a<<E\nE \n EE\r\nE\n", {"a": "E \n EE\r"}),
        ("a=1\na=2", {"a": "2"}),
    ],
)
def test_outputs_are_read_by_the_runners_rules(text: str, found: dict[str, str]) -> None:
    assert pairs(text) == found


@pytest.mark.parametrize("text", ["a", "a<<E\none\n", "a<<E\noneE", "<<E\nE\n", "a<<\nE\n", "=1"])
def test_outputs_that_the_runner_would_refuse_are_refused(text: str) -> None:
    with pytest.raises(BadFileCommand):
        pairs(text)


@pytest.mark.parametrize(
    ("line", "name", "data"),
    [
        ("::error::x", "error", "x"),
        ("  ::ERROR title=a%3A b,line=1::x%0Ay%25", "error", "x\ny%"),
        ("::set-output name=a::b::c", "set-output", "b::c"),
        ("anything ##[error]x", "error", "x"),
        ("##[set-output name=a;]b", "set-output", "b"),
        ("::stop-commands::t", "stop-commands", "t"),
    ],
)
def test_a_command_is_found_where_the_runner_finds_it(line: str, name: str, data: str) -> None:
    command = parsed(line)
    assert command is not None
    assert (command.name, command.data) == (name, data)


@pytest.mark.parametrize(
    "line",
    ["x ::error::y", "::error", ":: error::x", "::unknown::x", "## [error]x", "│ ::error::x"],
)
def test_other_text_is_not_a_command(line: str) -> None:
    assert parsed(line) is None


def test_a_carriage_return_begins_a_line_as_a_newline_does() -> None:
    log = Log()
    log.take("progress\r::error::forged\n")
    assert [error.data for error in log.errors] == ["forged"]


def test_a_mask_applies_from_its_line_on() -> None:
    log = Log(["known"])
    log.take("known later\n::add-mask::later\nknown later\n")
    assert log.text.splitlines()[:2] == ["*** later", "*** ***"]
