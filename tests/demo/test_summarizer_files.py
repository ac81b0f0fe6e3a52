"""Files that a visitor drops: what is read from them, and which are refused in which words."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summarizer.request import MAX_CHARACTERS, InvalidRequest
from tests.demo.pdf import pdf

# pylint: disable=missing-function-docstring, redefined-outer-name  # the names are the sentences
# pylint: disable=import-outside-toplevel  # pypdf lies in the demo's environment

Drop = Callable[[str, bytes], Any]
TEXT = "Åse's ship sails at noon – “on time”.\n\nThe crew waits."


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    """Gives what is read from a file with this name and these bytes."""
    from summarizer.files import read_file

    def read(name: str, data: bytes) -> Any:
        file = tmp_path / name
        file.write_bytes(data)
        return read_file(file)

    return read


@pytest.mark.parametrize("name", ["notes.txt", "notes.md", "NOTES.TXT"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_read_in_the_encoding_it_was_saved_in(
    drop: Drop, name: str, encoding: str
) -> None:
    assert drop(name, TEXT.encode(encoding)).text == TEXT


def test_a_guessed_encoding_is_reported(drop: Drop) -> None:
    assert drop("new.txt", TEXT.encode()).note == "new.txt is in the text field now."
    assert "isn't UTF-8 and was read as Windows-1252" in drop("a.txt", TEXT.encode("cp1252")).note


def test_a_pdf_gives_the_text_of_all_its_pages_in_their_order(drop: Drop) -> None:
    found = drop("plan.pdf", pdf("The ship (the old one) sails.", "It comes back\non Friday."))
    assert found.text == "The ship (the old one) sails.\n\nIt comes back\non Friday."
    assert found.note == "plan.pdf is in the text field now: 2 pages."


def test_markdown_is_text_like_any_other(drop: Drop) -> None:
    text = "# Title\n\n* one <b>bold</b>\n"
    assert drop("a.md", text.encode()).text == text


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("empty.txt", b"", "empty.txt has no words in it"),
        ("blank.md", b" \n\t\n", "blank.md has no words in it"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n\x00\x00" * 99, "picture.txt looks like binary data"),
        ("bytes.txt", bytes(range(256)) * 20, "bytes.txt looks like binary data"),
        ("scan.pdf", pdf("", ""), "scan.pdf contains images, no text"),
        ("cut.pdf", pdf("A page.")[:300], "cut.pdf is damaged, or it isn't a PDF"),
        ("fake.pdf", b"GIF89a nonsense", "fake.pdf is damaged, or it isn't a PDF"),
        ("nothing.pdf", b"", "nothing.pdf is damaged, or it isn't a PDF"),
        ("app.exe", b"MZ", r"app.exe is not a supported file type. Please use .txt, .md or .pdf"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence_that_names_it(
    drop: Drop, name: str, data: bytes, sentence: str
) -> None:
    with pytest.raises(InvalidRequest, match=f"^{sentence}"):
        drop(name, data)


def test_a_file_over_the_limit_is_refused_and_not_cut(drop: Drop) -> None:
    assert len(drop("long.txt", b"word " * (MAX_CHARACTERS // 5)).text) == MAX_CHARACTERS
    with pytest.raises(
        InvalidRequest, match="more.txt has 300,005 characters and the limit is 300,000"
    ):
        drop("more.txt", b"word " * (MAX_CHARACTERS // 5 + 1))


def locked(user_password: str) -> bytes:
    from pypdf import PdfWriter

    writer: Any = PdfWriter(clone_from=io.BytesIO(pdf("A secret plan.")))
    writer.encrypt(user_password, "owner", algorithm="AES-256")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_a_locked_pdf_is_reported_as_password_protected(drop: Drop) -> None:
    with pytest.raises(InvalidRequest, match="^plan.pdf is password-protected"):
        drop("plan.pdf", locked("a word"))


def test_a_pdf_that_only_its_owner_may_change_is_read(drop: Drop) -> None:
    assert drop("plan.pdf", locked("")).text == "A secret plan."


def test_a_pdf_that_takes_too_long_is_given_up(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("summarizer.files._READ_TIMEOUT", 0.0)
    with pytest.raises(InvalidRequest, match="^slow.pdf takes too long to read"):
        drop("slow.pdf", pdf(*["A page."] * 50))
