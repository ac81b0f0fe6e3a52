"""Find the likely cause of a failure in a build or app log, and its fix.

A new cause is one row of `_CAUSES`, and one log in its test.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement

from deployer.python_modules import (
    NAMESPACES,
    OWN_FILES,
    PACKAGES,
    REMOVED,
    SAME_NAME,
    WINDOWS_ONLY,
    replacement,
)
from deployer.uninstallable import why_no_such_build, why_not_installed

_MAX_LINE = 2000  # characters that are searched
_MAX_QUOTE = 300
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
# the Hub's error message holds the end of the app's log in one line
_NEXT_ERROR = re.compile(r" (?=\w+Error: |Traceback \(most recent call last\):)")
_TRACEBACK = re.compile(r"Traceback \(most recent call last\):")
_IGNORED = re.compile(r"^(?:Exception ignored |Error in atexit\._run_exitfuncs)")
_CHAINED = re.compile(r"During handling of the above exception|direct cause of the following")
_TAIL = 40  # lines at the end of a log without a traceback that are searched
_MAX_AFTER = 30  # lines after a traceback that ended the app

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
# of an NVIDIA driver, CUDA and what belongs to it; not libcurl or libcups
_CUDA_LIBRARY = (
    r"lib(?:cu(?:da|dnn|blas|fft|rand|solver|sparse|pti|file|tensor)|nv|nccl)[\w.+-]{0,60}"
)
_TORCH_LIBRARY = r"lib(?:torch|c10)[\w.+-]{0,60}"
_ABSENT_LIBRARY = "cannot open shared object file"
# libraries warn of these in healthy apps
_WARNS_OF_LIBRARY = r"^(?!.{0,300}?(?:\bdlerror\b|\bW tensorflow|onnxruntime:))"
_INSTALLED = re.compile(r"\bSuccessfully installed ")
_LISTENS_OUTSIDE = re.compile(
    r"(?:[Rr]unning|[Ll]istening) (?:on|at)(?: all\b|.{0,60}?(?:0\.0\.0\.0|\[::\]|\*:\d))|"
    r"://(?:0\.0\.0\.0|\[::\]):\d"
)
# where a builder keeps what is deployed
_BUILD_FOLDER = (
    r"(?:/var/lib/(?:buildkit|docker)/"
    r"(?:[^\s:]{0,200}/buildkit(?:-mount)?\d{1,20}|[^\s:]{0,200})/)?"
)
_TIMED_OUT = re.compile(r"Launch timed out|workload was not healthy after")
_PACKAGES = {**{name: name for name in SAME_NAME}, **PACKAGES}
_UNKNOWN_PACKAGE = "the package that provides it"
_NO_MODULE = r"^\s{0,20}ModuleNotFoundError: No module named "
_PART = r"(?:\.[\w.]{1,100})?"  # of a dotted name, after the first
_OWN_FILE = "|".join(sorted(OWN_FILES))
_STDLIB = sorted(sys.stdlib_module_names)
_NAMESPACE = "|".join(sorted(NAMESPACES))
# what to do about a module that Python removed
_REMOVED = {name: f"{replacement(one)}, or use {one.last}" for name, one in REMOVED.items()}
_REMOVED_IN = {
    version: "|".join(name for name, one in REMOVED.items() if one.version == version)
    for version in sorted({one.version for one in REMOVED.values()})
}
_USE_WHEEL = (
    "use a version of it with a wheel for the Space's Python, or set `python_version` in the card"
)
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
    else `otherwise`. With `requires`, some line around must match that pattern, too; with `unless`,
    none of those that are searched may, and with `overcome`, none below the cause. `explain` has
    another text for some names: `message; fix`. `anywhere` searches the whole log, not only its
    end. Patterns have no nested repetition, since lines are untrusted.
    """

    pattern: re.Pattern[str]
    message: str
    fix: str
    names: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "{name}"
    requires: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    overcome: re.Pattern[str] | None = None
    explain: Callable[[str], str | None] | None = None
    anywhere: bool = False


def _why_not_installed(text: str) -> str | None:
    try:
        required = Requirement(text)
    except InvalidRequirement:
        return None
    found = why_not_installed(required)
    return found[1] if found else why_no_such_build(required)


# of the environment: the name of a variable, what it is called, and that it is not there
_NAME = r"[`'\"]?(?P<name>[A-Z][A-Z0-9]{0,40}_[A-Z0-9_]{1,60})[`'\"]?"
_VARIABLE = r"(?i:env(?:ironment)? var(?:iable)?s?)"
_ABSENT = r"(?:not (?:set|found|defined|provided)|missing|required|undefined|must be set)"
_FROM_ENVIRONMENT = re.compile(r"\bos\.environ\b|\benviron\[|<frozen os>|/os\.py\"")
_UNSET = tuple(
    _Cause(
        re.compile(rf"^(?!.{{0,60}}\b(?:WARN|INFO|DEBUG|Warning)){pattern}"),
        "the variable {name} is not set",
        "set it as a secret or variable of the Space: `--secret {name}`, or in its settings",
        requires=requires,
    )
    for pattern, requires in (
        (r"KeyError: '(?P<name>[A-Za-z_]\w{1,80})'", _FROM_ENVIRONMENT),
        (rf".{{0,200}}?{_VARIABLE}:? {_NAME} .{{0,10}}?{_ABSENT}", None),
        (rf".{{0,200}}?\b{_NAME} .{{0,20}}?{_VARIABLE}.{{0,20}}?{_ABSENT}", None),
        (rf".{{0,200}}?\b[Mm]issing .{{0,20}}?{_VARIABLE}:? {_NAME}", None),
        (rf".{{0,200}}?\bsetting the {_NAME} {_VARIABLE}", None),
        (rf"[\w.]{{1,80}}(?:Error|Exception): {_NAME} .{{0,10}}?{_ABSENT}", None),
        (
            rf"\S{{1,150}}: line \d{{1,6}}: {_NAME}: (?:unbound variable|parameter (?:null|not))",
            None,
        ),
    )
)
_NO_PERMISSION = tuple(
    _Cause(
        re.compile(pattern),
        "no permission for {name}",
        "the Space runs as user 1000; use `COPY --chown=1000` in the Dockerfile, or write to /tmp",
    )
    for pattern in (
        r"^PermissionError: \[Errno 13\] Permission denied: '(?P<name>[^']{1,150})'",
        r"\bOSError: \[Errno 13\] Permission denied: '(?P<name>[^']{1,150})'",
        r"\b(?:mkdir|touch|cp|mv|ln|tee|chmod|chown): .{1,60}?['‘](?P<name>[^'’]{1,150})['’]: "
        r"(?:Permission denied|Operation not permitted)",
        r"\bEACCES: permission denied, \w{1,20} '(?P<name>[^']{1,150})'",
        r"\b(?:open|mkdir|bind)\(\) \"(?P<name>[^\"]{1,150})\" failed \(13: Permission denied\)",
        r"\b(?:cannot|can't) (?:create|open|read|access) '?(?P<name>[\w./-]{1,150})'?: "
        r"Permission denied",
        r"^[\w.-]{1,40}: (?P<name>/[\w./-]{1,150}): Permission denied",
    )
)
# The most specific first: what surely ends an app, then the errors of the app, then failures that
# have many possible causes.
_CAUSES = (
    _Cause(
        re.compile(
            r"(?:Error|Exception): CUDA out of memory\b|\bCUDA out of memory\. Tried to|"
            r"\bCUDA error: out of memory\b|CUBLAS_STATUS_ALLOC_FAILED"
        ),
        "out of GPU memory",
        "load a smaller or quantized model, or in half precision, or choose a GPU with more memory",
    ),
    _Cause(
        re.compile(
            r"[Ee]xit code:? 137\b|Memory limit exceeded|OOMKilled|^MemoryError\b|"
            r"^Killed$|: line \d{1,6}: +\d{1,9} Killed\b"
        ),
        "out of memory",
        "load a smaller model or less data at once, or choose hardware with more memory",
    ),
    _Cause(
        re.compile(r"[Rr]epository storage limit reached"),
        "the repository of the Space is full",
        "move large files to a model or dataset repository, and delete old ones in the settings of "
        "the Space (List LFS files), for its history counts",
    ),
    _Cause(
        re.compile(
            r"No space left on device|[Ss]torage limit (?:exceeded|reached)|"
            r"ephemeral(?: local)? storage usage exceeds"
        ),
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
        re.compile(
            r"\\r'?: No such file or directory|\^M: bad interpreter|\$'\\r': command not found"
        ),
        "a script has Windows line endings (CRLF)",
        "save it with LF, or add `* text eol=lf` to .gitattributes and check it out again",
    ),
    _Cause(
        re.compile(r"(?i)\bexec format error\b"),
        "what is started can't be run on this machine",
        "build it for linux/amd64; a script needs `#!/bin/sh` or the like in its first line",
    ),
    _Cause(
        re.compile(
            r"exec:? \"(?P<name>[^\"]{1,100})\": (?:executable file not found|stat .{1,150}no such)"
        ),
        "program to start not found: {name}",
        "install it in the Dockerfile, or correct its CMD or ENTRYPOINT",
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
            r"(?<![\w./-])(?P<name>\.{0,2}/[\w./-]{1,120})['\"]? is not a local folder and is not "
            r"a valid model identifier"
        ),
        "folder {name} not found when a model is loaded",
        "deploy it (`hf-deploy plan --explain FILE` says why a file is not), or load the model by "
        "its name on the Hub",
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
        re.compile(rf"{_NO_MODULE}'(?P<name>(?:{'|'.join(sorted(WINDOWS_ONLY))}){_PART})'"),
        "Python module {name} is for Windows only, and a Space runs on Linux",
        "remove what imports it, or import it only where `sys.platform` is `win32`",
    ),
    _Cause(
        re.compile(rf"{_NO_MODULE}'(?P<name>(?:_?tkinter|turtle){_PART})'"),
        "Python module {name} is missing: it opens windows, and a Space has no screen",
        "remove what imports it",
    ),
    _Cause(
        re.compile(rf"{_NO_MODULE}'.{{1,150}}'; '(?P<name>[\w.]{{1,100}})' is not a package"),
        "{name} is one file, not a package",
        "rename the app's file of that name, if it hides a package; else pin a version that has it",
    ),
    _Cause(
        re.compile(rf"{_NO_MODULE}'(?P<name>(?:{'|'.join(_STDLIB)}){_PART})'"),
        "module {name} of Python is missing: this Python does not have it",
        "use another Python: `python_version` in the card, or the Dockerfile's image",
    ),
    _Cause(
        re.compile(rf"^ModuleNotFoundError: No module named '(?P<name>(?:{_OWN_FILE}){_PART})'"),
        "Python module {name} not found: its file is not deployed, or not where Python looks",
        "`git add` it (`hf-deploy plan --explain FILE` says why a file is not deployed), and start "
        "the app in the folder that has it",
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
        overcome=_INSTALLED,
    ),
    _Cause(
        re.compile(r"cannot import name '(?P<name>\w{1,60})' from 'huggingface_hub'"),
        "the installed huggingface_hub has no {name}",
        "add {known} to requirements.txt, or raise the version of what imports it (for Gradio: "
        "`sdk_version` in the card)",
        names={"HfFolder": "`huggingface_hub<1`", "cached_download": "`huggingface_hub<0.26`"},
        otherwise="an older huggingface_hub",
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
        names=_PACKAGES,
        otherwise=_UNKNOWN_PACKAGE,
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
        names=_PACKAGES,
        otherwise=_UNKNOWN_PACKAGE,
        overcome=_INSTALLED,
    ),
    _Cause(
        re.compile(
            r"error: command '(?P<name>[\w./+-]{1,80})' failed: No such file|"
            r"unable to execute '(?P<command>[\w./+-]{1,80})': No such file|"
            r"(?P<tool>CMake) must be installed|can't find Rust compiler"
        ),
        "a package must be compiled, and its compiler is not installed",
        f"{_USE_WHEEL}; in a Docker Space, install build-essential first, or what the log names",
        overcome=_INSTALLED,
    ),
    _Cause(
        re.compile(
            r"Failed building wheel for (?P<name>[\w.-]{1,80})|"
            r"Failed to build installable wheels for .{0,80}\((?P<command>[\w., -]{1,100})\)"
        ),
        "package {name}{command} could not be built",
        f"{_USE_WHEEL}; the build log has the compiler's error",
        overcome=_INSTALLED,
    ),
    _Cause(
        re.compile(
            r"could not read (?:Username|Password) for |\bAuthentication failed for '?https?://|"
            r"\bterminal prompts disabled\b|\bHost key verification failed\b|"
            r"Permission denied \(publickey"
        ),
        "a git dependency needs a login, which the build does not have",
        "correct its URL, make its repository public, or put its files into the Space; in a Docker "
        "Space, use a secret of the build: `RUN --mount=type=secret,id=NAME`",
    ),
    _Cause(
        re.compile(
            r"\bE: Unable to locate package (?P<name>[\w.+-]{1,80})|"
            r"\bE: Package '?(?P<command>[\w.+-]{1,80})'? has no installation candidate"
        ),
        "Debian package {name}{command} not found",
        f"correct its name in packages.txt {_OR_DOCKERFILE}: https://packages.debian.org; in a "
        "Dockerfile, run `apt-get update` in the same RUN",
    ),
    _Cause(
        re.compile(r"short-name \"(?P<name>[^\"]{1,150})\" did not resolve to an alias"),
        "podman does not know which registry has the image {name}",
        "write the registry into the Dockerfile, as in `FROM docker.io/library/python:3.13`, or "
        "set `unqualified-search-registries` in registries.conf",
    ),
    _Cause(
        re.compile(
            r"failed to solve: (?P<name>\S{1,150}): .{0,200}?\b(?:not found|access denied|denied)|"
            r"(?:reading manifest|initializing source).{0,300}?"
            r"(?:manifest unknown|denied|unauthorized|not found)"
        ),
        "the base image {name} does not exist, or is private",
        "correct FROM in the Dockerfile; an image that needs a login cannot be used",
    ),
    _Cause(
        re.compile(r"\bE: Could not open lock file .{1,80}Permission denied|are you root\?"),
        "apt-get is not run as root",
        "install packages before `USER` in the Dockerfile, or after `USER root`",
    ),
    _Cause(
        re.compile(
            r"failed to (?:calculate checksum of ref|compute cache key).{0,300}?"
            r"(?:\"/?(?P<name>[^\"]{1,200})\": not found|"
            rf"\blstat {_BUILD_FOLDER}/?(?P<tool>[^\s:]{{1,200}}): no such file)|"
            r"(?:COPY|ADD) failed: .{0,120}?\bstat (?P<command>[^\s:]{1,150}): "
        ),
        "{name}{tool}{command} is not where the Dockerfile copies it from",
        "`git add` it, and check .dockerignore; `hf-deploy plan --explain FILE` says why a file is "
        "not deployed; with `--from`, check the stage that makes it",
    ),
    _Cause(
        re.compile(
            r"(?i)\baddress already in use\b|\bEADDRINUSE\b|\[Errno 98\]|"
            r"\bCannot find empty port in range\b"
        ),
        "the port is in use: the app starts two servers on it",
        "start one server only, once, on the Space's port",
    ),
    _Cause(
        # only as an error: torch also warns about it in healthy apps
        re.compile(
            r"^(?:RuntimeError|AssertionError|OSError|ImportError|torch\.\w{1,40}): .{0,60}?"
            r"(?:Found no NVIDIA driver|Torch not compiled with CUDA enabled|"
            r"No CUDA GPUs are available|no CUDA-capable device is detected|"
            r"Attempting to deserialize object on a CUDA device|"
            rf"\b{_CUDA_LIBRARY}: {_ABSENT_LIBRARY})"
        ),
        "the app requires CUDA, which the hardware does not have",
        "use it only if torch.cuda.is_available(), or choose a GPU in the settings; on ZeroGPU, "
        "use it only inside @spaces.GPU",
    ),
    _Cause(
        re.compile(
            rf"{_WARNS_OF_LIBRARY}.{{0,600}}?\b(?P<name>{_TORCH_LIBRARY}): {_ABSENT_LIBRARY}"
        ),
        "library {name} of PyTorch is missing",
        "install versions and builds of torch, torchvision and torchaudio that belong together",
    ),
    _Cause(
        re.compile(
            rf"{_WARNS_OF_LIBRARY}.{{0,600}}?"
            rf"\b(?P<name>(?!{_CUDA_LIBRARY}:)lib[\w.+-]{{1,60}}): {_ABSENT_LIBRARY}"
        ),
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
        overcome=_INSTALLED,
    ),
    _Cause(
        re.compile(
            r"Cannot install .{1,600} conflicting dependencies|"
            r"^(?:ERROR|pip\S{1,60}): ResolutionImpossible|resolution-too-deep|"
            r"No solution found when resolving"
        ),
        "conflicting package versions in requirements.txt",
        "relax the versions there; the build log names the two that conflict",
        overcome=_INSTALLED,
    ),
    _Cause(
        re.compile(
            r"No matching distribution found for (?P<name>[\w.\[\],<>=!~+-]{1,80})|"
            r"Could not find a version that satisfies the requirement "
            r"(?P<command>[\w.\[\],<>=!~+-]{1,80})"
        ),
        "package {name}{command} not found for the Space's Python",
        "correct its name or version in requirements.txt, or set `python_version` in the card",
        unless=re.compile(r"Temporary failure in name resolution|NewConnectionError"),
        overcome=_INSTALLED,
        explain=_why_not_installed,
    ),
    _Cause(
        re.compile(r"^(?:SyntaxError|IndentationError|TabError): (?P<name>.{1,100})"),
        "syntax error for this Python version: {name}",
        "correct the file and line named above it in the log, or set `python_version` in the card",
    ),
    *_NO_PERMISSION,
    _Cause(
        # a name without a dot or a slash may be a program
        re.compile(
            r"^FileNotFoundError: \[Errno 2\] No such file or directory: "
            r"'(?P<name>(?=[^']{0,200}[./])[^']{1,200})'"
        ),
        "file not found when the app starts: {name}",
        "deploy it (`hf-deploy plan --explain FILE` says why it is not), or create it before it is "
        "opened",
    ),
    *_UNSET,
    _Cause(
        re.compile(
            r"\b(?:[Rr]unning|[Ll]istening) (?:on|at).{0,30}?"
            r"(?P<name>(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5})\b"
        ),
        "the app listens on {name}, unreachable from outside the container",
        "make it listen on 0.0.0.0, at port 7860 or the card's `app_port`",
        requires=_TIMED_OUT,
        unless=_LISTENS_OUTSIDE,
        anywhere=True,
    ),
    _Cause(
        re.compile(
            r"\b(?:[Rr]unning|[Ll]istening) (?:on|at).{0,30}?"
            r"(?:0\.0\.0\.0|\[::\]|\*):(?P<name>(?!7860\b)\d{1,5})\b"
        ),
        "the app listens on port {name}, which is not the Space's open port",
        "set `app_port: {name}` in the card of a Docker Space, or make the app listen on port 7860 "
        "or the `app_port` that it has",
        requires=_TIMED_OUT,
        anywhere=True,
    ),
    _Cause(
        _TIMED_OUT,
        "the app did not respond in time after its start",
        "make it listen on 0.0.0.0, at port 7860 or the card's `app_port`; if it is only slow, set "
        "`startup_duration_timeout: 1h` in the card",
    ),
    _Cause(
        re.compile(r"^Exit code:? 0\b|application does not seem to be initialized"),
        "the app ended by itself, without an error",
        "keep a server running: call `launch()` at the end of a Gradio app; in a Docker Space, "
        "start the server in the foreground",
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

    `message` is the Hub's error message. Of the parts of the log that may show the cause, the first
    in which any row of `_CAUSES` matches counts, with the first such row and the last line that it
    matches. Lines are untrusted, and searched up to a maximal length.
    """
    lines = list(_without_ignored([_plain(line) for line in log]))
    pieces = _NEXT_ERROR.split(_plain(message or ""))
    for part in _parts(lines, pieces):
        for cause in _CAUSES:
            if cause.requires is None or any(map(cause.requires.search, part)):
                searched = [*lines, *pieces] if cause.anywhere else part
                for match in _matches(cause, searched):
                    return _diagnosis(cause, match)
    return None


def _without_ignored(lines: list[str]) -> Iterator[str]:
    """The lines without the tracebacks of exceptions that Python ignored: they end no app."""
    is_ignored = False
    for line, below in zip(lines, [*lines[1:], ""], strict=False):
        if _IGNORED.match(line) and _TRACEBACK.match(below):
            is_ignored = True
        elif not is_ignored:
            yield line
        elif not line[:1].isspace() and not _TRACEBACK.match(line):
            is_ignored = False  # the error, the last line


def _parts(log: list[str], pieces: list[str]) -> Iterator[list[str]]:
    """The parts of a log that may show why it ended, the likeliest first.

    That is its last traceback with all below, then those that led to it; without a traceback near
    the end, its last lines. An earlier traceback did not end the app.
    """
    lines = [*log, *pieces]
    starts = [number for number, line in enumerate(lines) if _TRACEBACK.search(line)]
    if not starts or _lines_after(log, starts[-1]) > _MAX_AFTER:
        yield [*log[-_TAIL:], *pieces]
        return
    end = len(lines)
    for start in reversed(starts):
        yield lines[start:end]
        if not any(map(_CHAINED.search, lines[max(0, start - 3) : start])):
            return
        end = start


def _lines_after(log: list[str], start: int) -> int:
    """How many lines of the log are below the error that ends the traceback at `start`."""
    below = log[start + 1 :]
    indent = log[start].index("Traceback") if below else 0
    errors = (number for number, line in enumerate(below) if line[: indent + 1].strip())
    return sum(1 for line in below[next(errors, 0) :] if line)


def _matches(cause: _Cause, lines: list[str]) -> Iterator[re.Match[str]]:
    """Where the row matches, the last line first."""
    for line in reversed(lines):
        if cause.overcome is not None and cause.overcome.search(line):
            return
        match = cause.pattern.search(line)
        if match and not (cause.unless and any(map(cause.unless.search, lines))):
            yield match


def _diagnosis(cause: _Cause, match: re.Match[str]) -> Diagnosis:
    groups = match.groupdict(default="")
    name = groups.get("name") or groups.get("command") or groups.get("tool") or ""
    line = match.string.strip()[:_MAX_QUOTE]
    if cause.explain is not None and (reason := cause.explain(name)) is not None:
        message, _, fix = reason.partition("; ")
        return Diagnosis(message, line, fix)
    known = cause.names.get(name) or cause.otherwise.format(name=name)
    return Diagnosis(
        cause.message.format(**groups, known=known),
        line,
        cause.fix.format(**groups, known=known),
    )


def _plain(line: str) -> str:
    return _COLORS.sub("", line[:_MAX_LINE]).rstrip()
