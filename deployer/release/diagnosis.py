"""Find the likely cause of a failure in a build or app log, and its fix.

A new cause is one row of `_CAUSES`, and one log in its test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from deployer.python_modules import NAMESPACES, PACKAGES, REMOVED, replacement

_MAX_LINE = 2000  # characters that are searched
_MAX_QUOTE = 300
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
# the Hub's error message holds the end of the app's log in one line
_NEXT_ERROR = re.compile(r" (?=\w+Error: )")

_LIBRARIES = {  # file: Debian package
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
_PROGRAMS = {  # command: Debian package
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
_TIMED_OUT = re.compile(r"Launch timed out|workload was not healthy after")
_NAMESPACE = "|".join(sorted(NAMESPACES))
# what to do about a module that Python removed
_REMOVED = {name: f"{replacement(one)}, or use {one.last}" for name, one in REMOVED.items()}
_REMOVED_IN = {
    version: "|".join(name for name, one in REMOVED.items() if one.version == version)
    for version in sorted({one.version for one in REMOVED.values()})
}
_OR_DOCKERFILE = "(in a Docker Space: to the packages that its Dockerfile installs)"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The likely cause in one clause, the line of the log that shows it, and the fix.

    All three quote the log: untrusted text, truncated.
    """

    message: str
    line: str
    fix: str


@dataclass(frozen=True, slots=True)
class _Cause:
    """One row: a pattern for a line of the log, the message and the fix.

    Both texts may use the pattern's groups. `{known}` is the value of the group `name` in `names`,
    else `otherwise`. With `requires`, some line must match that pattern, too. Patterns have no
    nested repetition, since lines are untrusted.
    """

    pattern: re.Pattern[str]
    message: str
    fix: str
    names: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "{name}"
    requires: re.Pattern[str] | None = None


# The most specific first: what surely ends an app, then the errors of the app, then failures that
# have many possible causes.
_CAUSES = (
    _Cause(
        re.compile(
            r"[Ee]xit code:? 137\b|Memory limit exceeded|OOMKilled|^MemoryError\b|"
            r"^Killed$|: line \d{1,6}: +\d{1,9} Killed\b"
        ),
        "out of memory",
        "load a smaller model or less data at once, or choose hardware with more memory",
    ),
    _Cause(
        re.compile(r"No space left on device|[Ss]torage limit (?:exceeded|reached)"),
        "disk full",
        "install and download less (for torch on a CPU: its CPU build), or attach storage in the "
        "settings",
    ),
    _Cause(
        re.compile(
            r"(?i:exec:? \"?(?P<script>[\w./-]{1,80})\"?: permission denied)|"
            r"(?<![\w./-])(?P<name>[\w./-]{1,80}\.sh)\"?: [Pp]ermission denied"
        ),
        "{script}{name} is not executable: the Hub does not keep the executable bit",
        "add `RUN chmod +x {script}{name}` to the Dockerfile, or start a shell script as "
        "`bash {script}{name}`",
    ),
    _Cause(
        re.compile(r"can't open file '(?P<name>[^']{1,200})': \[Errno 2\]"),
        "file to start not found: {name}",
        "set `app_file` in the card, and check that it is deployed: hf-deploy plan --explain FILE",
    ),
    _Cause(
        re.compile(
            r"GatedRepoError|Cannot access gated repo|Access to model (?P<name>[\w./-]{1,100}) is "
            r"restricted|You are trying to access a gated repo"
        ),
        "no access to a gated model",
        "request access on the model's page, then set the Space's secret HF_TOKEN to a token that "
        "has it",
    ),
    _Cause(
        re.compile(
            r"(?<![\w./-])(?P<name>[\w./-]{1,120})['\"]? is not a local folder and is not a valid "
            r"model identifier"
        ),
        "model {name} not found, or no access",
        "correct the model's name; for a private one, set the Space's secret HF_TOKEN",
    ),
    _Cause(
        re.compile(r"RepositoryNotFoundError\b|^Repository Not Found for url: "),
        "a repository that the app loads was not found on the Hub, or no access",
        "correct its name; for a private one, set the Space's secret HF_TOKEN",
    ),
    *(
        _Cause(
            re.compile(rf"^\s{{0,20}}ModuleNotFoundError: No module named '(?P<name>{names})['.]"),
            f"Python module {{name}} is missing: Python {version[0]}.{version[1]} removed it",
            "{known}",
            names=_REMOVED,
        )
        for version, names in _REMOVED_IN.items()
    ),
    _Cause(
        # pydub imports it where there is no audioop; no package has it
        re.compile(r"^ModuleNotFoundError: No module named '(?P<name>pyaudioop)'"),
        "Python module audioop is missing: Python 3.13 removed it",
        _REMOVED["audioop"],
    ),
    _Cause(
        re.compile(r"^ModuleNotFoundError: No module named 'pkg_resources'"),
        "Python module pkg_resources is missing: setuptools 82 removed it",
        "add `setuptools<82` to requirements.txt, or use a newer version of the package that "
        "imports it",
    ),
    _Cause(
        re.compile(r"^\s{1,20}ModuleNotFoundError: No module named 'pkg_resources'"),
        "a package needs pkg_resources to be built: setuptools 82 removed it",
        "require a newer version of the package that the build log names",
    ),
    _Cause(
        re.compile(
            r"^ModuleNotFoundError: No module named "
            rf"'(?P<name>(?:{_NAMESPACE})(?:\.[\w.]{{1,100}})?)'"
        ),
        "Python module {name} is not installed",
        "add {known} to requirements.txt",
        names=PACKAGES,
        otherwise="the package that has it (many packages share the first part of the name)",
    ),
    _Cause(
        # only at the start of a line: many libraries report the optional modules that they lack
        re.compile(r"^ModuleNotFoundError: No module named '(?P<name>\w{1,80})'"),
        "Python module {name} is not installed",
        "add {known} to requirements.txt; if it is your own file, `git add` it",
        names=PACKAGES,
    ),
    _Cause(
        re.compile(
            r"^ModuleNotFoundError: No module named '(?P<name>(?P<top>\w{1,80})\.[\w.]{1,100})'"
        ),
        "the installed {top} has no {name}",
        "pin a version of {top} that has it in requirements.txt; if it is your own file, `git add` "
        "it",
    ),
    _Cause(
        # pip indents the output of a build backend
        re.compile(r"^\s{1,20}ModuleNotFoundError: No module named '(?P<name>\w{1,80})'"),
        "a package needs {name} to be built",
        "add {known} to pre-requirements.txt, which is installed before requirements.txt",
        names=PACKAGES,
    ),
    _Cause(
        # only as an error: torch also warns about it in healthy apps
        re.compile(
            r"^(?:RuntimeError|AssertionError|OSError|ImportError): .{0,60}?"
            r"(?:Found no NVIDIA driver|Torch not compiled with CUDA enabled|"
            r"No CUDA GPUs are available|Attempting to deserialize object on a CUDA device|"
            r"lib(?:cuda|cudart|cublas|cudnn|nvrtc)[\w.-]{0,40}: cannot open shared object file)"
        ),
        "the app requires CUDA, which the hardware does not have",
        "use it only if torch.cuda.is_available(), or choose a GPU in the settings; on ZeroGPU, "
        "use it only inside @spaces.GPU",
    ),
    _Cause(
        re.compile(r"(?P<name>\blib[\w.+-]{1,60}): cannot open shared object file"),
        "system library {name} is not installed",
        f"add {{known}} to packages.txt {_OR_DOCKERFILE}",
        names=_LIBRARIES,
        otherwise="the Debian package that has {name} (see https://packages.debian.org)",
    ),
    _Cause(
        re.compile(
            rf"No such file or directory: '(?P<name>{_PROGRAM})'|"
            rf"\b(?P<command>{_PROGRAM}): (?:command )?not found|"
            r"(?P<tool>ffmpeg|tesseract) is not installed"
        ),
        "program {name}{command}{tool} is not installed",
        f"add {{known}} to packages.txt {_OR_DOCKERFILE}",
        names=_PROGRAMS,
    ),
    _Cause(
        re.compile(
            r"Cannot install (?=.{0,400}conflicting dependencies).{0,300}\bgradio\b|"
            r"^\s{0,20}The user requested gradio(?:\[[\w,]{1,40}\])?[<>=!~]"
        ),
        "requirements.txt pins another gradio version than the card's `sdk_version`",
        "remove gradio from requirements.txt: `sdk_version` in the card sets its version",
    ),
    _Cause(
        re.compile(
            r"Cannot install .{1,600} conflicting dependencies|"
            r"^ERROR: ResolutionImpossible|No solution found when resolving"
        ),
        "conflicting package versions in requirements.txt",
        "relax the versions there; the build log names the two that conflict",
    ),
    _Cause(
        re.compile(
            r"No matching distribution found for (?P<name>[\w.\[\],<>=!~-]{1,80})|"
            r"Could not find a version that satisfies the requirement "
            r"(?P<wanted>[\w.\[\],<>=!~-]{1,80})"
        ),
        "package {name}{wanted} not found for the Space's Python",
        "correct its name or version in requirements.txt, or set `python_version` in the card",
    ),
    _Cause(
        re.compile(r"^(?:SyntaxError|IndentationError|TabError): (?P<name>.{1,100})"),
        "syntax error for this Python version: {name}",
        "correct the file and line named above it in the log, or set `python_version` in the card",
    ),
    _Cause(
        re.compile(r"^PermissionError: \[Errno 13\] Permission denied: '(?P<name>[^']{1,150})'"),
        "the app has no permission for {name}",
        "it runs as user 1000; use `COPY --chown=1000` in the Dockerfile, or write to /tmp",
    ),
    _Cause(
        re.compile(
            r"\b(?:[Rr]unning|[Ll]istening) (?:on|at).{0,30}?"
            r"(?P<name>(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5})\b"
        ),
        "the app listens on {name}, unreachable from outside the container",
        "make it listen on 0.0.0.0, at port 7860 or the card's `app_port`",
        requires=_TIMED_OUT,
    ),
    _Cause(
        re.compile(
            r"\b(?:[Rr]unning|[Ll]istening) (?:on|at).{0,30}?"
            r"(?:0\.0\.0\.0|\[::\]|\*):(?P<name>(?!7860\b)\d{1,5})\b"
        ),
        "the app listens on port {name}, which is not the Space's open port",
        "set `app_port: {name}` in the card of a Docker Space, or make the app listen on port 7860",
        requires=_TIMED_OUT,
    ),
    _Cause(
        _TIMED_OUT,
        "the app did not respond in time after its start",
        "make it listen on 0.0.0.0, at port 7860 or the card's `app_port`; if it is only slow, set "
        "`startup_duration_timeout: 1h` in the card",
    ),
    _Cause(
        # The Hub lists all remaining build steps. So this is in the message of every Gradio Space
        # that fails before its files are copied, whatever the cause:
        # https://github.com/ScienciaLAB/document-qa/pull/42
        re.compile(r"cache miss: \[pipfreeze\b"),
        "the build failed while installing packages",
        "look for pip's first ERROR in the build log; often requirements.txt pins another gradio "
        "version than the card's `sdk_version`",
    ),
)


def diagnose(log: Sequence[str], message: str | None = None) -> Diagnosis | None:
    """The likely cause of a failed build or app, by its log; None where no known cause matches.

    `message` is the Hub's error message. The first row of `_CAUSES` that matches any line counts,
    with the last line that it matches. Lines are untrusted, and searched up to a maximal length.
    """
    lines = [_plain(line) for line in log]
    lines += _NEXT_ERROR.split(_plain(message or ""))
    for cause in _CAUSES:
        if cause.requires is None or any(map(cause.requires.search, lines)):
            for match in _matches(cause, reversed(lines)):
                return _diagnosis(cause, match)
    return None


def _matches(cause: _Cause, lines: Iterator[str]) -> Iterator[re.Match[str]]:
    return (match for line in lines if (match := cause.pattern.search(line)))


def _diagnosis(cause: _Cause, match: re.Match[str]) -> Diagnosis:
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
