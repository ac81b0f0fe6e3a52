"""Read the text of an uploaded file: plain text, Markdown or PDF."""

import codecs
import time
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError

from summarizer.request import InvalidRequest, check_text

FILE_TYPES = [".txt", ".md", ".pdf"]
MAX_FILE_SIZE = "10mb"

_READ_TIMEOUT = 20.0  # seconds; some PDFs take minutes, and other visitors wait


@dataclass(frozen=True)
class FileText:
    """A file's text, and a note for the visitor: its name, pages, a guessed encoding."""

    text: str
    note: str


def read_file(path: str | Path) -> FileText:
    """Read a `.txt`, `.md` or `.pdf`; `InvalidRequest` names the file and the reason."""
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in FILE_TYPES:
        raise InvalidRequest(
            f"{file.name} is not a supported file type. Please use .txt, .md or .pdf."
        )
    found = _read_pdf(file) if suffix == ".pdf" else _decode(file)
    check_text(file.name, found.text)
    return found


def _decode(file: Path) -> FileText:
    """Decode UTF-8, or UTF-16 with a byte order mark; else Windows-1252, with a note."""
    data = file.read_bytes()
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    note = f"{file.name} is in the text field now."
    try:
        return FileText(data.decode("utf-16" if is_utf16 else "utf-8-sig"), note)
    except UnicodeDecodeError:
        guess = (
            "It isn't UTF-8 and was read as Windows-1252: if letters look wrong, save it as UTF-8."
        )
        return FileText(data.decode("Windows-1252", errors="replace"), f"{note} {guess}")


def _read_pdf(file: Path) -> FileText:
    deadline = time.monotonic() + _READ_TIMEOUT
    try:
        all_pages = PdfReader(file).pages
        in_time = takewhile(lambda _: time.monotonic() <= deadline, all_pages)
        pages = [page.extract_text() for page in in_time]
    except (DependencyError, FileNotDecryptedError) as error:
        raise InvalidRequest(
            f"{file.name} is password-protected. Please remove the password first."
        ) from error
    except Exception as error:  # pylint: disable=broad-exception-caught
        # pypdf documents no complete list of what a damaged file raises.
        raise InvalidRequest(f"{file.name} is damaged, or it isn't a PDF.") from error
    if len(pages) < len(all_pages):
        raise InvalidRequest(f"{file.name} takes too long to read. Please paste its text instead.")
    text = "\n\n".join(pages)
    if not text.strip():
        raise InvalidRequest(
            f"{file.name} contains images, no text. Please run text recognition (OCR) first."
        )
    count = "1 page" if len(pages) == 1 else f"{len(pages)} pages"
    return FileText(text, f"{file.name} is in the text field now: {count}.")
