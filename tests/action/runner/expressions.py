"""The part of GitHub's expression language that action.yml uses; anything else is an error.

https://docs.github.com/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = str | bool | None
Contexts = Mapping[str, Mapping[str, object]]

_TEMPLATE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<sign>&&|\|\||==|!=|[!()])"
    r"|(?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*))"
)
_STATUS = re.compile(r"\b(?:always|success|failure|cancelled)\s*\(")
_WORDS: Mapping[str, Value] = {"true": True, "false": False, "null": None}


class UnknownExpression(Exception):
    """Something that this evaluator does not know, or that is not there."""


@dataclass(frozen=True)
class Status:
    """What the status functions look at: the steps of this action so far."""

    failed: bool = False
    cancelled: bool = False

    def call(self, function: str) -> bool:
        """`success()` and its like."""
        answers = {
            "always": True,
            "success": not (self.failed or self.cancelled),
            "failure": self.failed and not self.cancelled,
            "cancelled": self.cancelled,
        }
        if function not in answers:
            raise UnknownExpression(f"{function}()")
        return answers[function]


def fill(template: str, contexts: Contexts, status: Status = Status()) -> str:
    """A text with each `${{ … }}` in it replaced by its value."""
    return _TEMPLATE.sub(lambda found: _text(_value(found[1], contexts, status)), template)


def holds(condition: str, contexts: Contexts, status: Status) -> bool:
    """Whether an `if:` is true; without a status function it also asks for success()."""
    whole = _TEMPLATE.fullmatch(condition.strip())
    inner = whole[1] if whole else condition
    if not _STATUS.search(inner):
        inner = f"success() && ({inner})"
    return _is_true(_value(inner, contexts, status))


def _value(expression: str, contexts: Contexts, status: Status) -> Value:
    return _Reader(expression, contexts, status).read()


def _is_true(value: Value) -> bool:
    # so 'false' is true
    return bool(value)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value or ""


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if type(left) is not type(right):
        raise UnknownExpression("a comparison of different types, which GitHub does by number")
    return left == right


class _Reader:
    """Reads an expression from left to right; or < and < == < not."""

    def __init__(self, expression: str, contexts: Contexts, status: Status) -> None:
        self._expression, self._contexts, self._status = expression, contexts, status
        self._tokens = self._split(expression)

    def read(self) -> Value:
        """The value of all of it."""
        value = self._either()
        if self._tokens:
            raise UnknownExpression(self._expression)
        return value

    @staticmethod
    def _split(expression: str) -> list[str]:
        tokens, place, end = [], 0, len(expression.rstrip())
        while place < end:
            found = _TOKEN.match(expression, place)
            if not found:
                raise UnknownExpression(expression)
            tokens.append(found[0].strip())
            place = found.end()
        return tokens

    def _next_is(self, *signs: str) -> str | None:
        return self._tokens.pop(0) if self._tokens and self._tokens[0] in signs else None

    def _either(self) -> Value:
        value = self._both()
        while self._next_is("||"):
            other = self._both()
            value = value if _is_true(value) else other
        return value

    def _both(self) -> Value:
        value = self._compared()
        while self._next_is("&&"):
            other = self._compared()
            value = other if _is_true(value) else value
        return value

    def _compared(self) -> Value:
        value = self._single()
        while sign := self._next_is("==", "!="):
            value = _equal(value, self._single()) == (sign == "==")
        return value

    def _single(self) -> Value:
        if self._next_is("!"):
            return not _is_true(self._single())
        if self._next_is("("):
            value = self._either()
            self._expect(")")
            return value
        if not self._tokens or self._tokens[0] in ("&&", "||", "==", "!=", ")"):
            raise UnknownExpression(self._expression)
        token = self._tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if self._next_is("("):
            self._expect(")")
            return self._status.call(token)
        return _WORDS[token] if token in _WORDS else self._looked_up(token)

    def _expect(self, sign: str) -> None:
        if not self._next_is(sign):
            raise UnknownExpression(self._expression)

    def _looked_up(self, name: str) -> Value:
        first, *rest = name.split(".")
        if first not in self._contexts or not rest:
            raise UnknownExpression(name)
        found: object = self._contexts[first]
        for part in rest:
            found = _member(found, part, name, open_ended=first == "env" or "outputs" in rest[:-1])
        if found is not None and not isinstance(found, (str, bool)):
            raise UnknownExpression(f"{name} is not a single value")
        return found


def _member(holder: object, part: str, name: str, *, open_ended: bool) -> object:
    """What a context has; a misspelt input or step is an error here, and empty at GitHub."""
    members: Mapping[str, object] | Callable[..., object] | object = holder
    if not isinstance(members, Mapping):
        raise UnknownExpression(name)
    if part in members:
        return members[part]
    if open_ended:
        return None
    raise UnknownExpression(f"{name}: {part} not found")
