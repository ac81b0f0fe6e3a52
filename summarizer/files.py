"""The text of a file that a visitor dropped: plain text, Markdown or PDF."""

import codecs
import time
from dataclasses import dataclass
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError

from summarizer.request import Refused, refuse_what_is_no_text

FILE_TYPES = [".txt", ".md", ".pdf"]
MAX_FILE_SIZE = "10mb"

_ELSE = "Windows-1252"
_MAX_READ = 20.0  # seconds; some PDFs take minutes, and others wait for this computer


@dataclass(frozen=True)
class Opened:
    """A file's text, and what the visitor should know about it."""

    text: str
    note: str


def opened(path: str | Path) -> Opened:
    """Read a `.txt`, `.md` or `.pdf`; raises `Refused` with a sentence that names the file."""
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in FILE_TYPES:
        raise Refused(f"{file.name} can't be read here. Please drop a .txt, .md or .pdf file.")
    found = _pages(file) if suffix == ".pdf" else _decoded(file)
    refuse_what_is_no_text(file.name, found.text)
    return found


def _decoded(file: Path) -> Opened:
    """UTF-8, or UTF-16 that says so; else what Windows wrote for long, which is then told."""
    data = file.read_bytes()
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    note = f"{file.name} is in the text field now."
    try:
        return Opened(data.decode("utf-16" if marked else "utf-8-sig"), note)
    except UnicodeDecodeError:
        guess = f"It isn't UTF-8 and was read as {_ELSE}: if letters look wrong, save it as UTF-8."
    try:
        return Opened(data.decode(_ELSE), f"{note} {guess}")
    except UnicodeDecodeError:
        raise Refused(f"{file.name} looks like binary data, not like text.") from None


def _pages(file: Path) -> Opened:
    deadline = time.monotonic() + _MAX_READ
    pages: list[str] = []
    try:
        for page in PdfReader(file).pages:
            if time.monotonic() > deadline:
                break
            pages.append(page.extract_text())
        else:
            return _worded(file, pages)
    except Refused:
        raise
    except (DependencyError, FileNotDecryptedError) as error:
        raise Refused(f"{file.name} is locked with a password. Please unlock it first.") from error
    except Exception as error:  # pylint: disable=broad-exception-caught
        # A damaged PDF breaks a reader in more ways than anyone has listed.
        raise Refused(f"{file.name} is damaged, or it isn't a PDF.") from error
    raise Refused(f"{file.name} takes too long to read. Please paste its text instead.")


def _worded(file: Path, pages: list[str]) -> Opened:
    text = "\n\n".join(pages)
    if not text.strip():
        raise Refused(
            f"{file.name} holds pictures, not text. Please have its text recognised first."
        )
    count = "1 page" if len(pages) == 1 else f"{len(pages)} pages"
    return Opened(text, f"{file.name} is in the text field now: {count}.")
