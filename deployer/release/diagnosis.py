"""What is usually wrong when a log ends like this: one plain sentence, and a fix.

A new cause is one row of `_CAUSES`, and one log in its test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_MAX_LINE = 2000  # characters that are looked at
_MAX_QUOTE = 300
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
# the Hub puts the end of the app's log into its message, all in one line
_NEXT_ERROR = re.compile(r" (?=\w+Error: )")

_PACKAGES = {  # import name: what PyPI calls it, where that is another name
    "Crypto": "pycryptodome",
    "PIL": "Pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "PyMuPDF",
    "google.generativeai": "google-generativeai",
    "google.genai": "google-genai",
    "jwt": "PyJWT",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
_LIBRARIES = {  # file: the Debian package that has it
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libSM.so.6": "libsm6",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libmagic.so.1": "libmagic1",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libportaudio.so.2": "libportaudio2",
    "libsndfile.so": "libsndfile1",
    "libsndfile.so.1": "libsndfile1",
    "libsox.so": "libsox-dev",
}
_PROGRAMS = {  # command: the Debian package that has it
    "espeak": "espeak-ng",
    "espeak-ng": "espeak-ng",
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "git": "git",
    "pdftoppm": "poppler-utils",
    "sox": "sox",
    "tesseract": "tesseract-ocr",
}
_PROGRAM = "|".join(map(re.escape, sorted(_PROGRAMS, key=len, reverse=True)))
_TOO_LATE = re.compile(r"Launch timed out|workload was not healthy after")
_OR_DOCKERFILE = "(in a Docker Space: to what its Dockerfile installs)"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, in one sentence; the line of the log that shows it; what to do.

    Names in all three come from the log: untrusted text, cut where it is long.
    """

    message: str
    line: str
    fix: str


@dataclass(frozen=True, slots=True)
class _Cause:
    """One row: the line that shows it (searched for), the sentence, the fix.

    Both may name the expression's groups. `{known}` is what `names` says for the group `name`,
    else `otherwise`. With `only_with`, another line (or the same) has to match that, too.
    Expressions have no repetition inside a repetition: lines come from strangers.
    """

    shows: re.Pattern[str]
    message: str
    fix: str
    names: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "{name}"
    only_with: re.Pattern[str] | None = None


# The most telling first: what ends an app for sure, then what it says itself, then what may have
# many reasons.
_CAUSES = (
    _Cause(
        re.compile(
            r"[Ee]xit code:? 137\b|Memory limit exceeded|OOMKilled|^MemoryError\b|"
            r"^Killed$|: line \d{1,6}: +\d{1,9} Killed\b"
        ),
        "It needed more memory than the hardware has.",
        "Load a smaller model, or less at once, or choose hardware with more memory.",
    ),
    _Cause(
        re.compile(r"No space left on device|[Ss]torage limit (?:exceeded|reached)"),
        "The disk is full.",
        "Install and download less (for torch on a CPU: its CPU build), or attach storage in the "
        "settings.",
    ),
    _Cause(
        re.compile(
            r"(?i:exec:? \"?(?P<script>[\w./-]{1,80})\"?: permission denied)|"
            r"(?<![\w./-])(?P<name>[\w./-]{1,80}\.sh)\"?: [Pp]ermission denied"
        ),
        "{script}{name} is started, and is not executable: the Hub's commits keep no such bit.",
        "Put `RUN chmod +x {script}{name}` into the Dockerfile, or start a shell script as "
        "`bash {script}{name}`.",
    ),
    _Cause(
        re.compile(r"can't open file '(?P<name>[^']{1,200})': \[Errno 2\]"),
        "The file to start is not there: {name}.",
        "Name it in `app_file` of the card, and see that it ships: hf-deploy plan --explain FILE.",
    ),
    _Cause(
        re.compile(
            r"GatedRepoError|Cannot access gated repo|Access to model (?P<name>[\w./-]{1,100}) is "
            r"restricted|You are trying to access a gated repo"
        ),
        "The model is gated, and the Space may not read it.",
        "Ask for access on the model's page; then put a token that has it into the Space's secret "
        "HF_TOKEN.",
    ),
    _Cause(
        re.compile(
            r"(?<![\w./-])(?P<name>[\w./-]{1,120})['\"]? is not a local folder and is not a valid "
            r"model identifier"
        ),
        "There is no model {name}, or the Space may not see it.",
        "Mend the model's name; for a private one put a token into the Space's secret HF_TOKEN.",
    ),
    _Cause(
        re.compile(r"RepositoryNotFoundError\b|^Repository Not Found for url: "),
        "A repository that the app loads is not on the Hub, or the Space may not see it.",
        "Mend its name; for a private one put a token into the Space's secret HF_TOKEN.",
    ),
    _Cause(
        # only at the line's begin: many libraries say in passing what they do without
        re.compile(
            r"^ModuleNotFoundError: No module named '(?P<name>\w{1,80}|google\.gen\w{1,20})'"
        ),
        "The Python module {name} is not installed.",
        "Add {known} to requirements.txt; if it is a file of yours, let git track it.",
        names=_PACKAGES,
    ),
    _Cause(
        re.compile(
            r"^ModuleNotFoundError: No module named '(?P<name>(?P<top>\w{1,80})\.[\w.]{1,100})'"
        ),
        "The installed {top} has no {name}.",
        "Pin a version of {top} that has it in requirements.txt; if it is a file of yours, let git "
        "track it.",
    ),
    _Cause(
        # pip shows the end of another program's words with blanks before them
        re.compile(r"^\s{1,20}ModuleNotFoundError: No module named '(?P<name>\w{1,80})'"),
        "A package needs {name} before it can be built.",
        "Add {known} to pre-requirements.txt: that is installed before requirements.txt.",
        names=_PACKAGES,
    ),
    _Cause(
        # only as an error: torch also warns so in apps that do well without
        re.compile(
            r"^(?:RuntimeError|AssertionError|OSError|ImportError): .{0,60}?"
            r"(?:Found no NVIDIA driver|Torch not compiled with CUDA enabled|"
            r"No CUDA GPUs are available|Attempting to deserialize object on a CUDA device|"
            r"lib(?:cuda|cudart|cublas|cudnn|nvrtc)[\w.-]{0,40}: cannot open shared object file)"
        ),
        "The app asks for CUDA, and the hardware has none.",
        "Use it only if torch.cuda.is_available(), or choose a GPU in the settings; on ZeroGPU use "
        "it only inside @spaces.GPU.",
    ),
    _Cause(
        re.compile(r"(?P<name>\blib[\w.+-]{1,60}): cannot open shared object file"),
        "The system library {name} is not installed.",
        f"Add {{known}} to packages.txt {_OR_DOCKERFILE}.",
        names=_LIBRARIES,
        otherwise="the Debian package that has {name} (see https://packages.debian.org)",
    ),
    _Cause(
        re.compile(
            rf"No such file or directory: '(?P<name>{_PROGRAM})'|"
            rf"\b(?P<command>{_PROGRAM}): (?:command )?not found|"
            r"(?P<tool>ffmpeg|tesseract) is not installed"
        ),
        "The program {name}{command}{tool} is not installed.",
        f"Add {{known}} to packages.txt {_OR_DOCKERFILE}.",
        names=_PROGRAMS,
    ),
    _Cause(
        re.compile(
            r"Cannot install (?=.{0,400}conflicting dependencies).{0,300}\bgradio\b|"
            r"^\s{0,20}The user requested gradio(?:\[[\w,]{1,40}\])?[<>=!~]"
        ),
        "requirements.txt asks for another gradio than the card's sdk_version.",
        "Take gradio out of requirements.txt: `sdk_version` in the card says which one comes.",
    ),
    _Cause(
        re.compile(
            r"Cannot install .{1,600} conflicting dependencies|"
            r"^ERROR: ResolutionImpossible|No solution found when resolving"
        ),
        "The packages in requirements.txt can't be installed together.",
        "Loosen the versions there; the build log says below which two exclude each other.",
    ),
    _Cause(
        re.compile(
            r"No matching distribution found for (?P<name>[\w.\[\],<>=!~-]{1,80})|"
            r"Could not find a version that satisfies the requirement "
            r"(?P<wanted>[\w.\[\],<>=!~-]{1,80})"
        ),
        "There is no package {name}{wanted} for the Space's Python.",
        "Mend its name or version in requirements.txt, or set `python_version` in the card.",
    ),
    _Cause(
        re.compile(r"^(?:SyntaxError|IndentationError|TabError): (?P<name>.{1,100})"),
        "The code is no Python that this version reads: {name}.",
        "Mend the file and line that the log names above it, or set `python_version` in the card.",
    ),
    _Cause(
        re.compile(r"^PermissionError: \[Errno 13\] Permission denied: '(?P<name>[^']{1,150})'"),
        "The app may not write or read {name}.",
        "It runs as user 1000: `COPY --chown=1000` in the Dockerfile, or write below /tmp.",
    ),
    _Cause(
        re.compile(
            r"\b(?:[Rr]unning|[Ll]istening) (?:on|at).{0,30}?"
            r"(?P<name>(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5})\b"
        ),
        "The app listens on {name}, where nobody outside of its container reaches it.",
        "Let it listen on 0.0.0.0, at port 7860 or the card's `app_port`.",
        only_with=_TOO_LATE,
    ),
    _Cause(
        re.compile(
            r"\b(?:[Rr]unning|[Ll]istening) (?:on|at).{0,30}?"
            r"(?:0\.0\.0\.0|\[::\]|\*):(?P<name>(?!7860\b)\d{1,5})\b"
        ),
        "The app listens on port {name} and was not found there.",
        "Set `app_port: {name}` in the card of a Docker Space, or let the app listen on port 7860.",
        only_with=_TOO_LATE,
    ),
    _Cause(
        _TOO_LATE,
        "The app did not answer in time after its start.",
        "Let it listen on 0.0.0.0, at port 7860 or the card's `app_port`; if it only takes long, "
        "set `startup_duration_timeout: 1h` in the card.",
    ),
    _Cause(
        # The Hub lists all steps that were left to do. So it says this of every Gradio Space that
        # fails before its files are copied, whatever the reason:
        # https://github.com/ScienciaLAB/document-qa/pull/42
        re.compile(r"cache miss: \[pipfreeze\b"),
        "The build did not get beyond the installation of packages.",
        "Look for pip's first ERROR in the build log; often requirements.txt asks for another "
        "gradio than the card's `sdk_version`.",
    ),
)


def diagnose(log: Sequence[str], message: str | None = None) -> Diagnosis | None:
    """What a log says of a build or an app that failed; None where it says nothing we know.

    `message` is the Hub's own word. The first row of the table that any line matches is the answer,
    by the last line that does. Lines are untrusted, and only looked at up to a length.
    """
    lines = [_plain(line) for line in log]
    lines += _NEXT_ERROR.split(_plain(message or ""))
    for cause in _CAUSES:
        if cause.only_with is None or any(map(cause.only_with.search, lines)):
            for match in _matches(cause, reversed(lines)):
                return _told(cause, match)
    return None


def _matches(cause: _Cause, lines: Iterator[str]) -> Iterator[re.Match[str]]:
    return (match for line in lines if (match := cause.shows.search(line)))


def _told(cause: _Cause, match: re.Match[str]) -> Diagnosis:
    groups = match.groupdict(default="")
    name = groups.get("name") or groups.get("command") or groups.get("tool") or ""
    known = cause.names.get(name) or cause.otherwise.format(name=name)
    return Diagnosis(
        cause.message.format(**groups, known=known),
        match.string.strip()[:_MAX_QUOTE],
        cause.fix.format(**groups, known=known),
    )


def _plain(line: str) -> str:
    return _COLORS.sub("", line[:_MAX_LINE]).rstrip()
