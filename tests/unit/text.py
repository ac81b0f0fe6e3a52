"""Generated text that may do harm where it is shown, and the check that it does none."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import strategies as some

HOSTILE = some.one_of(
    some.text(),
    some.lists(
        some.sampled_from(
            ["\x1b[31m", "\x1b]0;t\x07", "\x1b", "[0m", "\x9b", "\r", "\n", "\u2028", "\u202e",
             "::error::", "##[error]", "`", "```", "~~~", "|", "<img src=x>", "</code>",
             "</details>",
             "<!--", "&lt;", "\\", "*", "_", "[a](b)", "![a](b)", "@julia", "#1",
             "https://x.y", "$x$",
             ":smile:", "é", "\udce9"]
        )  # fmt: skip
    ).map("".join),
)


def is_harmless(text: str) -> bool:
    """Whether a text has no control, formatting or separator character."""
    return not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text
    )


def is_valid_summary(text: str) -> bool:
    """Whether all markup of a job summary is of its own kinds, and nothing stays open."""
    outside = re.sub(r"(?ms)^(`{3,})(?:text|diff)$.*?^\1$", "", text)
    allowed = r"</?(?:details|summary|code)(?: open)?>|<https?://[^\s<>|]*>"
    pairs = [
        (len(re.findall(rf"<{tag}\b", outside)), outside.count(f"</{tag}>"))
        for tag in ("details", "summary", "code")
    ]
    rows = [line for line in outside.splitlines() if line.startswith("| ")]
    return (
        is_harmless(text.replace("\n", ""))
        and "<" not in re.sub(allowed, "", outside)
        and all(begun == ended for begun, ended in pairs)
        and {row.count(" | ") for row in rows} <= {1, 2}
    )
