"""Diagnosis: a known log gets a cause and a fix; any other gets no guess."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.release.diagnosis import Diagnosis, diagnose

TRACE = """\
===== Application Startup at 2026-11-02 09:12:44 =====

Traceback (most recent call last):
  File "/home/user/app/app.py", line 3, in <module>
    import something
"""
BUILD = """\
===== Build Queued at 2026-11-02 09:10:01 / Commit SHA: 64da653 =====

--> FROM docker.io/library/python:3.10@sha256:0123
DONE 0.0s
--> RUN --mount=target=/tmp/requirements.txt pip install --no-cache-dir -r /tmp/requirements.txt
Collecting numpy
  Downloading numpy-2.2.6-cp310-cp310-manylinux_2_17_x86_64.whl (16.8 MB)
"""
TOO_LATE = "Launch timed out, workload was not healthy after 30 min"
PIPFREEZE = (
    "Job failed with exit code: 1. Reason: cache miss: [run 1/2] COPY --link ./ /app cache miss: "
    "[pipfreeze 2/2] RUN pip freeze > /pipfreeze/freeze.txt cache miss: [base 6/7] RUN pip install"
)
# the log's end; what the sentence, the line and the fix must have in them
KNOWN = {
    "module": (
        TRACE + "ModuleNotFoundError: No module named 'requests'",
        ("module requests", "No module named", "add requests to requirements.txt"),
    ),
    "module that has another name on PyPI": (
        TRACE + "ModuleNotFoundError: No module named 'sklearn'",
        ("sklearn", "No module named", "add scikit-learn to requirements.txt"),
    ),
    "module of an unknown package": (
        TRACE + "ModuleNotFoundError: No module named 'mmseg'",
        ("module mmseg is not", "No module named", "add the package that provides it to"),
    ),
    "module that opens windows": (
        TRACE + "ModuleNotFoundError: No module named '_tkinter'",
        ("no screen", "No module named", "remove what imports it"),
    ),
    "module of Windows": (
        TRACE + "ModuleNotFoundError: No module named 'win32com.client'",
        ("win32com.client is for Windows only", "No module named", "remove what imports it"),
    ),
    "module that this Python lacks": (
        TRACE + "ModuleNotFoundError: No module named '_sqlite3'",
        ("_sqlite3 of Python is missing", "No module named", "python_version"),
    ),
    "module that Python removed": (
        TRACE + "ModuleNotFoundError: No module named 'distutils.util'",
        ("Python 3.12 removed it", "No module named", "setuptools"),
    ),
    "module of the app": (
        TRACE + "ModuleNotFoundError: No module named 'utils'",
        ("utils not found: its file", "No module named", "hf-deploy plan --explain"),
    ),
    "module in a folder of the app": (
        TRACE + "ModuleNotFoundError: No module named 'utils.helpers'",
        ("utils.helpers not found: its file", "No module named", "`git add`"),
    ),
    "module that a file hides": (
        TRACE + "ModuleNotFoundError: No module named 'email.mime'; 'email' is not a package",
        ("email is one file", "No module named", "rename"),
    ),
    "dotted module that is a package": (
        TRACE + "ModuleNotFoundError: No module named 'google.generativeai'",
        ("google.generativeai", "No module named", "add google-generativeai to"),
    ),
    "module of a newer version": (
        TRACE + "ModuleNotFoundError: No module named 'langchain.chat_models'",
        ("langchain has no langchain.chat_models", "No module", "pin a version of langchain"),
    ),
    "module that a build needs": (
        BUILD + "  error: subprocess-exited-with-error\n  × Getting requirements to build wheel did"
        " not run successfully.\n      ModuleNotFoundError: No module named 'torch'\n",
        ("needs torch to be built", "No module named 'torch'", "pre-requirements.txt"),
    ),
    "gradio's pin": (
        BUILD
        + "ERROR: Cannot install -r /tmp/requirements.txt (line 2) and gradio[oauth]==5.9.1 because"
        " these package versions have conflicting dependencies.\n\nThe conflict is caused by:\n"
        "    The user requested gradio==3.50.2\n    The user requested gradio[oauth]==5.9.1\n",
        ("another gradio", "The user requested gradio", "sdk_version"),
    ),
    "conflict of others": (
        BUILD
        + "ERROR: Cannot install -r /tmp/requirements.txt (line 1) and numpy==1.20 because these "
        "package versions have conflicting dependencies.\n"
        "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/\n",
        ("conflicting package versions", "ResolutionImpossible", "the two that conflict"),
    ),
    "no distribution": (
        BUILD + "ERROR: Could not find a version that satisfies the requirement torch==9.9 (from "
        "versions: 2.0.0, 2.0.1)\nERROR: No matching distribution found for torch==9.9\n",
        ("package torch==9.9 not found", "No matching distribution", "python_version"),
    ),
    "no version": (
        BUILD + "ERROR: Could not find a version that satisfies the requirement torch>=30 (from)\n",
        ("package torch>=30 not found", "Could not find a version", "requirements.txt"),
    ),
    "no version for Linux": (
        BUILD + "ERROR: No matching distribution found for pywin32==306\n",
        ("`pywin32` is for Windows only", "No matching", 'add `; sys_platform == "win32"`'),
    ),
    "no version of a part of Python": (
        BUILD + "ERROR: No matching distribution found for sqlite3\n",
        ("`sqlite3` is part of Python", "No matching", "remove the line"),
    ),
    "no version of what is not a package": (
        BUILD + "ERROR: No matching distribution found for pkg-resources==0.0.0\n",
        ("`pkg-resources` is not a package", "No matching", "remove the line"),
    ),
    "no version of another index": (
        BUILD + "ERROR: No matching distribution found for torch==2.4.0+cu121\n",
        ("`2.4.0+cu121` is not on PyPI", "No matching", "--extra-index-url"),
    ),
    "memory, by exit code": (
        BUILD + "Job failed with exit code: 137. Reason: \n",
        ("memory", "137", "hardware with more memory"),
    ),
    "memory, by the Hub": (TRACE + "Memory limit exceeded (16Gi)", ("memory", "16Gi", "smaller")),
    "memory, by the shell": (
        "./start.sh: line 4:    17 Killed                  python app.py",
        ("memory", "Killed", "smaller"),
    ),
    "memory, bare": ("Loading the model\nKilled\n", ("memory", "Killed", "smaller")),
    "disk": (
        BUILD + "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on "
        "device\n",
        ("disk full", "No space left", "CPU build"),
    ),
    "disk, by the Hub": (
        "Workload evicted, storage limit exceeded (50G)",
        ("disk full", "50G", "storage"),
    ),
    "disk, by the machine": (
        "Evicted: Pod ephemeral local storage usage exceeds the total limit of containers 50Gi.",
        ("disk full", "50Gi", "download less"),
    ),
    "start.sh by docker": (
        'runc: exec: "./start.sh": permission denied: unknown',
        ("./start.sh", "permission denied", "bash ./start.sh"),
    ),
    "start.sh by the shell": (
        "/bin/sh: 1: ./start.sh: Permission denied",
        ("./start.sh", "Permission denied", "chmod +x ./start.sh"),
    ),
    "library": (
        TRACE
        + "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
        ("libGL.so.1", "cannot open", "add libgl1 to packages.txt"),
    ),
    "library of sound": (
        TRACE + "OSError: libsndfile.so.1: cannot open shared object file: No such file",
        ("libsndfile.so.1", "cannot open", "add libsndfile1 to packages.txt"),
    ),
    "library that nobody listed": (
        TRACE + "ImportError: libfoo-2.so.7: cannot open shared object file: No such file",
        ("libfoo-2.so.7", "cannot open", "the Debian package that has libfoo-2.so.7"),
    ),
    "program": (
        TRACE + "FileNotFoundError: [Errno 2] No such file or directory: 'ffprobe'",
        ("ffprobe", "No such file", "add ffmpeg to packages.txt"),
    ),
    "program of a shell": (
        "/bin/sh: 1: tesseract: not found",
        ("tesseract", "not found", "add tesseract-ocr to packages.txt"),
    ),
    "app file": (
        "python: can't open file '/home/user/app/main.py': [Errno 2] No such file or directory",
        ("/home/user/app/main.py", "can't open file", "app_file"),
    ),
    "gated model": (
        TRACE
        + "huggingface_hub.errors.GatedRepoError: 401 Client Error.\nCannot access gated repo "
        "for url https://huggingface.co/meta-llama/Llama-3.2-1B/resolve/main/config.json.\n",
        ("gated", "gated repo", "HF_TOKEN"),
    ),
    "missing model": (
        TRACE + "OSError: gpt-5-small is not a local folder and is not a valid model identifier "
        "listed on 'https://huggingface.co/models'\n",
        ("model gpt-5-small not found", "valid model identifier", "HF_TOKEN"),
    ),
    "missing repository": (
        TRACE + "huggingface_hub.errors.RepositoryNotFoundError: 404 Client Error.",
        ("not found on the Hub", "RepositoryNotFoundError", "name"),
    ),
    "syntax": (
        TRACE + "    print('It runs.'\n         ^\nSyntaxError: '(' was never closed\n",
        ("'(' was never closed", "SyntaxError", "file and line"),
    ),
    "CUDA without a driver": (
        TRACE + "RuntimeError: Found no NVIDIA driver on your system. Please check that you have",
        ("CUDA", "NVIDIA", "is_available"),
    ),
    "CUDA not compiled": (
        TRACE + "AssertionError: Torch not compiled with CUDA enabled",
        ("CUDA", "compiled", "choose a GPU"),
    ),
    "CUDA's library": (
        TRACE + "ImportError: libcudart.so.12: cannot open shared object file: No such file",
        ("CUDA", "libcudart", "choose a GPU"),
    ),
    "a folder that is not its own": (
        TRACE + "PermissionError: [Errno 13] Permission denied: '/app/cache'",
        ("/app/cache", "PermissionError", "user 1000"),
    ),
    "wrong host": (
        "INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)\n" + TOO_LATE,
        ("127.0.0.1:8000", "Uvicorn running", "0.0.0.0"),
    ),
    "wrong port": (
        "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)\n" + TOO_LATE,
        ("port 8000", "Uvicorn running", "app_port: 8000"),
    ),
    "wrong host of gunicorn": (
        "[INFO] Listening at: http://127.0.0.1:7860 (7)\n" + TOO_LATE,
        ("127.0.0.1:7860", "Listening", "0.0.0.0"),
    ),
    "too late": (
        "Downloading the model\n" + TOO_LATE,
        ("in time", "Launch timed out", "startup_duration_timeout"),
    ),
    "memory of the GPU": (
        TRACE + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has",
        ("out of GPU memory", "CUDA out of memory", "quantized"),
    ),
    "no GPU": (
        TRACE + "RuntimeError: No CUDA GPUs are available",
        ("requires CUDA", "No CUDA GPUs", "@spaces.GPU"),
    ),
    "the repository is full": (
        "===== Build Queued at 2026-11-02 09:10:01 / Commit SHA: 64da653 =====\n"
        "Error while cloning repository\nRepository storage limit reached (Max: 1 GB)\n",
        ("repository of the Space is full", "Max: 1 GB", "model or dataset repository"),
    ),
    "a variable of the environment": (
        "Traceback (most recent call last):\n"
        '  File "/home/user/app/app.py", line 8, in <module>\n'
        '    client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])\n'
        '  File "<frozen os>", line 685, in __getitem__\n'
        "KeyError: 'OPENAI_API_KEY'\n",
        ("OPENAI_API_KEY is not set", "KeyError", "--secret OPENAI_API_KEY"),
    ),
    "a variable, in the old form of the frame": (
        "Traceback (most recent call last):\n"
        '  File "/home/user/app/app.py", line 8, in <module>\n    token = environ["TOKEN"]\n'
        '  File "/usr/local/lib/python3.10/os.py", line 680, in __getitem__\n'
        "    raise KeyError(key) from None\nKeyError: 'TOKEN'\n",
        ("TOKEN is not set", "KeyError", "--secret TOKEN"),
    ),
    "a variable that a library asks for": (
        TRACE
        + "openai.OpenAIError: The api_key client option must be set either by passing api_key "
        "to the client or by setting the OPENAI_API_KEY environment variable",
        ("OPENAI_API_KEY is not set", "OpenAIError", "--secret OPENAI_API_KEY"),
    ),
    "a variable that the app asks for": (
        TRACE + "ValueError: GROQ_API_KEY environment variable is not set",
        ("GROQ_API_KEY is not set", "ValueError", "--secret GROQ_API_KEY"),
    ),
    "a variable that the app asks for in other words": (
        TRACE + "RuntimeError: Missing environment variable: DATABASE_URL",
        ("DATABASE_URL is not set", "RuntimeError", "--secret DATABASE_URL"),
    ),
    "a variable that an entry point asks for": (
        "Starting\nError: Environment variable SESSION_KEY is required\n",
        ("SESSION_KEY is not set", "is required", "--secret SESSION_KEY"),
    ),
    "a file at the start": (
        TRACE + "FileNotFoundError: [Errno 2] No such file or directory: 'data/prices.csv'",
        ("data/prices.csv", "FileNotFoundError", "hf-deploy plan --explain"),
    ),
    "apt": (
        "--> RUN apt-get update && apt-get install -y libfoo-dev\nReading package lists...\n"
        "E: Unable to locate package libfoo-dev\n",
        ("libfoo-dev not found", "Unable to locate", "apt-get update"),
    ),
    "apt, without a candidate": (
        "Package libgl1-mesa-glx is not available, but is referred to by another package.\n"
        "E: Package 'libgl1-mesa-glx' has no installation candidate\n",
        ("libgl1-mesa-glx not found", "no installation candidate", "packages.debian.org"),
    ),
    "apt, as a user": (
        "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n"
        "E: Unable to acquire the dpkg frontend lock, are you root?\n",
        ("not run as root", "are you root?", "`USER root`"),
    ),
    "COPY": (
        '--> ERROR: failed to calculate checksum of ref 6ab::x1: "/model/weights.bin": not found\n',
        ("model/weights.bin", "failed to calculate", "hf-deploy plan --explain"),
    ),
    "COPY, by the older builder": (
        "COPY failed: file not found in build context or excluded by .dockerignore: stat "
        "nginx.conf: file does not exist\n",
        ("nginx.conf", "COPY failed", ".dockerignore"),
    ),
    "COPY, by its folder": (
        "ERROR: failed to calculate checksum of ref 1::a: failed to walk /var/lib/x: lstat "
        "/requirements.txt: no such file or directory\n",
        ("requirements.txt is not where", "failed to walk", "git add"),
    ),
    "Windows line endings": (
        "/usr/bin/env: 'bash\\r': No such file or directory\n",
        ("CRLF", "env:", "eol=lf"),
    ),
    "a variable of a shell script": (
        "/app/start.sh: line 4: DATABASE_URL: unbound variable\n",
        ("DATABASE_URL is not set", "unbound", "--secret DATABASE_URL"),
    ),
    "a port in use": (
        "ERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 7860): address "
        "already in use\n",
        ("port is in use", "Errno 98", "one server"),
    ),
    "a port in use, by Gradio": (
        TRACE + "OSError: Cannot find empty port in range: 7860-7860. You can specify another",
        ("port is in use", "empty port", "one server"),
    ),
    "a port in use, in Node.js": (
        "Error: listen EADDRINUSE: address already in use 0.0.0.0:7860\n    at Server.listen\n",
        ("port is in use", "EADDRINUSE", "one server"),
    ),
    "Gradio 4 with huggingface_hub 1": (
        TRACE
        + "ImportError: cannot import name 'HfFolder' from 'huggingface_hub' (/usr/local/lib)",
        ("no HfFolder", "cannot import name", "`huggingface_hub<1`"),
    ),
    "a wheel without a compiler": (
        BUILD + "  running build_ext\n  error: command 'gcc' failed: No such file or directory\n"
        "  [end of output]\nERROR: Failed building wheel for pyaudio\n",
        ("compiler is not installed", "command 'gcc' failed", "build-essential"),
    ),
    "a wheel that fails": (
        BUILD + "  error: command '/usr/bin/gcc' failed with exit code 1\n  [end of output]\n"
        "ERROR: Failed building wheel for dlib\nFailed to build dlib\n",
        ("package dlib could not be built", "Failed building wheel", "python_version"),
    ),
    "a git dependency": (
        BUILD + "  Cloning https://github.com/acme/private.git to /tmp/pip-req-build-1\n"
        "  fatal: could not read Username for 'https://github.com': No such device or address\n"
        "error: subprocess-exited-with-error\n",
        ("needs a login", "could not read Username", "--mount=type=secret"),
    ),
    "a git dependency by ssh": (
        BUILD
        + "  Host key verification failed.\n  fatal: Could not read from remote repository.\n",
        ("needs a login", "Host key", "public"),
    ),
    "another architecture": (
        "exec /usr/local/bin/python: exec format error\n",
        ("can't be run", "exec format error", "linux/amd64"),
    ),
    "a program that is missing": (
        'OCI runtime create failed: exec: "gunicorn": executable file not found in $PATH: unknown',
        ("not found: gunicorn", "executable file", "CMD"),
    ),
    "a folder that mkdir may not make": (
        "mkdir: cannot create directory '/data/cache': Permission denied\n",
        ("/data/cache", "mkdir", "user 1000"),
    ),
    "a folder of nginx": (
        'nginx: [emerg] mkdir() "/var/lib/nginx/body" failed (13: Permission denied)\n',
        ("/var/lib/nginx/body", "emerg", "user 1000"),
    ),
    "a file of Node.js": (
        "Error: EACCES: permission denied, open '/app/db.sqlite'\n",
        ("/app/db.sqlite", "EACCES", "--chown=1000"),
    ),
    "a folder of a model": (
        TRACE + "OSError: ./my_model is not a local folder and is not a valid model identifier "
        "listed on 'https://huggingface.co/models'\n",
        ("folder ./my_model not found", "OSError", "hf-deploy plan --explain"),
    ),
    "a whole path of a model": (
        TRACE + "OSError: /home/user/app/model is not a local folder and is not a valid model "
        "identifier listed on 'https://huggingface.co/models'\n",
        ("folder /home/user/app/model not found", "OSError", "its name on the Hub"),
    ),
    "COPY, from a folder of the builder": (
        "ERROR: failed to calculate checksum of ref 1::a: failed to walk /var/lib/x: lstat "
        "/var/lib/buildkit/runc-overlayfs/cachemounts/buildkit12/req/a.txt: no such file\n",
        ("req/a.txt is not where", "failed to walk", "git add"),
    ),
    "COPY, from another one": (
        "ERROR: failed to calculate checksum of ref 1::a: failed to walk /var/lib/x: lstat "
        "/var/lib/buildkit/a/requirements.txt: no such file or directory\n",
        ("requirements.txt is not where", "failed to walk", "git add"),
    ),
    "PyTorch's library": (
        TRACE + "OSError: libtorch_cuda.so: cannot open shared object file: No such file",
        ("libtorch_cuda.so of PyTorch", "OSError", "belong together"),
    ),
    "a library that begins as CUDA's": (
        TRACE + "ImportError: libcurl.so.4: cannot open shared object file: No such file",
        ("libcurl.so.4", "cannot open", "Debian package"),
    ),
    "no server": (
        "Exit code: 0. Reason:",
        ("ended by itself", "Exit code: 0", "`launch()`"),
    ),
    "pip, by the Hub's message": (PIPFREEZE, ("packages", "cache miss", "sdk_version")),
}
HEALTHY = {
    "gradio": """\
===== Application Startup at 2026-11-02 09:12:44 =====

/usr/local/lib/python3.10/site-packages/pydub/utils.py:170: RuntimeWarning: Couldn't find ffmpeg or avconv - defaulting to ffmpeg, but may not work
/usr/local/lib/python3.10/site-packages/torch/cuda/__init__.py:141: UserWarning: CUDA initialization: Found no NVIDIA driver on your system.
Could not load bitsandbytes: No module named 'triton'
* Running on local URL:  http://0.0.0.0:7860, with SSR ⚡ (experimental)

To create a public link, set `share=True` in `launch()`.
""",
    "docker": """\
INFO:     Started server process [1]
INFO:     Waiting for application startup.
INFO:     Uvicorn running on http://0.0.0.0:7860 (Press CTRL+C to quit)
INFO:     Uvicorn running on http://127.0.0.1:9000 (Press CTRL+C to quit)
INFO:     10.16.4.1:38122 - "GET / HTTP/1.1" 200 OK
""",
    "build": BUILD
    + """\
Successfully installed gradio-5.9.1 numpy-2.2.6
WARNING: Running pip as the 'root' user can result in broken permissions
--> COPY --from=pipfreeze --link /pipfreeze/ /pipfreeze/
CACHED
--> Pushing image
DONE 3.1s
""",
    "nothing": "",
    "an error that nobody knows": TRACE + "ValueError: the answer is not 42",
}


def test_a_known_cause_has_a_message_a_line_and_a_fix() -> None:
    for name, (log, (message, line, fix)) in KNOWN.items():
        found = diagnose(log.splitlines())
        assert found is not None, name
        assert message in found.message and line in found.line and fix in found.fix, found
        assert "{" not in found.message + found.fix and found.line in log, name
        assert not found.message.endswith(".") and not found.fix.endswith("."), name


FIRST = TRACE + "ModuleNotFoundError: No module named 'first'\n"
LAST = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    run()\n'
CHAIN = "\nDuring handling of the above exception, another exception occurred:\n\n"
CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
# a log's end with two plausible causes, and the words of the true one; None where that is unknown
PICKED = {
    "the last traceback": (FIRST + "retrying\n" + LAST + "SyntaxError: invalid\n", "syntax error"),
    "an unknown error is last": (FIRST + "retrying\n" + LAST + "ValueError: 42\n", None),
    "the last of a chain": (
        FIRST + CHAIN + LAST + "OSError: [Errno 98] in use\n",
        "port is in use",
    ),
    "what led to an unknown one": (FIRST + CAUSED + LAST + "RuntimeError: no\n", "module first"),
    "a harmless line before": (
        "sh: 1: ffmpeg: not found\n" + LAST + "ImportError: libGL.so.1: cannot open shared object "
        "file: No such file\n",
        "libGL.so.1",
    ),
    "a harmless line before an unknown error": (
        "Warning: Found no NVIDIA driver\nsh: 1: ffmpeg: not found\n" + LAST + "ValueError: 42\n",
        None,
    ),
    "an old traceback of an app that ran on": (FIRST + "GET / 200\n" * 50, None),
    "an old line of an app that ran on": ("sh: 1: ffmpeg: not found\n" + "GET / 200\n" * 50, None),
    "what killed it after a traceback": (FIRST + "Killed\n", "out of memory"),
    "a key of a dictionary": (LAST + "KeyError: 'MODEL_NAME'\n", None),
    "a warning of a variable": ("WARNING: HF_TOKEN environment variable is not set\n", None),
    "a disk that is full and a repository that is not": (
        "Workload evicted, storage limit exceeded (50G)\n",
        "disk full",
    ),
    "Flask on all addresses": (
        " * Running on all addresses (0.0.0.0)\n * Running on http://127.0.0.1:7860\n" + TOO_LATE,
        "in time",
    ),
    "two servers, one of which is reached": (
        "Listening on http://[::]:7860\nListening on http://127.0.0.1:9000\n" + TOO_LATE,
        "in time",
    ),
    "two servers, one of which only says its URL": (
        "Uvicorn running on http://127.0.0.1:8000\n  URL: http://0.0.0.0:7860\n" + TOO_LATE,
        "in time",
    ),
    "a warning of CUDA's library": (
        "2026-11-02 09:12:44.1: W tensorflow/stream_executor/dso_loader.cc:64] Could not load "
        "dynamic library 'libfoo.so.11'; dlerror: libfoo.so.11: cannot open shared object file\n",
        None,
    ),
    "a warning of onnxruntime": (
        "[E:onnxruntime:Default, provider_bridge_ort.cc:1862] Failed to load library with error: "
        "libcublasLt.so.12: cannot open shared object file: No such file or directory\n",
        None,
    ),
    "CUDA's library, without an error": (
        "libcudnn.so.9: cannot open shared object file: No such file or directory\n",
        None,
    ),
    "a word of memory": (LAST + "ValueError: it may cause CUDA out of memory later\n", None),
    "a build without a network": (
        "WARNING: Retrying after connection broken by 'NewConnectionError: Temporary failure in "
        "name resolution'\nERROR: No matching distribution found for torch\n",
        None,
    ),
    "a wheel that pip did without": (
        "  ERROR: Failed building wheel for pyaudio\nSuccessfully installed pyaudio-0.2.11\n"
        "src/a.ts(1,1): error TS1005\n",
        None,
    ),
    "a wheel that fails after others": (
        "Successfully installed pip-25.0\n  ERROR: Failed building wheel for pyaudio\n",
        "pyaudio could not be built",
    ),
    "an exception that Python ignored": (
        FIRST + "Exception ignored in: <function _Loop.__del__ at 0x7f>\n" + LAST + "ValueError: "
        "Invalid file descriptor: -1\n",
        "module first",
    ),
    "an exception at the exit": (
        FIRST + "Exception ignored in atexit callback: <function f at 0x7f>\n" + LAST + "OSError: "
        "[Errno 98] in use\n",
        "module first",
    ),
    "an ignored exception after an unknown one": (
        LAST
        + "ValueError: 42\nException ignored in: <f>\n"
        + LAST
        + "ModuleNotFoundError: No module named 'first'\n",
        None,
    ),
    "a program that may be a file": (
        LAST + "FileNotFoundError: [Errno 2] No such file or directory: 'node'\n",
        None,
    ),
}


@pytest.mark.parametrize("name", PICKED)
def test_of_two_plausible_causes_the_true_one_is_picked_or_none(name: str) -> None:
    log, words = PICKED[name]
    found = diagnose(log.splitlines())
    assert (found is None) == (words is None), found
    assert found is None or words is None or words in found.message


def test_the_last_error_of_the_hubs_message_counts() -> None:
    message = (
        "Exit code: 1. Reason: Traceback (most recent call last): import a ModuleNotFoundError: No "
        "module named 'a' Traceback (most recent call last): x() ValueError: 42"
    )
    assert diagnose(FIRST.splitlines(), message) is None


@pytest.mark.parametrize("name", HEALTHY)
def test_an_unknown_failure_has_no_diagnosis(name: str) -> None:
    assert diagnose(HEALTHY[name].splitlines()) is None


@pytest.mark.parametrize(
    ("module", "package"),
    [("cv2", "opencv-python-headless"), ("PIL", "Pillow"), ("yaml", "PyYAML"),
     ("bs4", "beautifulsoup4"), ("dotenv", "python-dotenv"), ("fitz", "PyMuPDF")],
)  # fmt: skip
def test_the_fix_names_the_package_and_not_the_module(module: str, package: str) -> None:
    found = diagnose([f"ModuleNotFoundError: No module named '{module}'"])
    assert found is not None
    assert f"add {package} to" in found.fix and module in found.message


def test_the_message_of_the_hub_is_diagnosed() -> None:
    log = ["* Running on local URL:  http://127.0.0.1:7860"]
    assert diagnose(log) is None
    found = diagnose(log, TOO_LATE)
    assert found is not None and "127.0.0.1:7860" in found.message
    message = "Exit code: 1. Reason: Traceback (most recent call last): import cv2 "
    found = diagnose((), message + "ModuleNotFoundError: No module named 'cv2'")
    assert found is not None and found.line == "ModuleNotFoundError: No module named 'cv2'"


def test_gradio_on_its_default_port_is_not_the_cause_of_a_slow_start() -> None:
    found = diagnose(["* Running on local URL:  http://0.0.0.0:7860", TOO_LATE])
    assert found is not None and "in time" in found.message


def test_the_most_specific_cause_is_reported_with_its_last_line() -> None:
    first, last = (f"ModuleNotFoundError: No module named '{name}'" for name in ("a", "b"))
    found = diagnose([first, last, TOO_LATE])
    assert found is not None and found.line == last
    found = diagnose(["Memory limit exceeded (16Gi)", first])
    assert found is not None and "memory" in found.message


def test_color_codes_do_not_hide_a_cause() -> None:
    found = diagnose(["\x1b[31mModuleNotFoundError: No module named 'cv2'\x1b[0m"])
    assert found is not None and "\x1b" not in found.line


_PIECES = [
    "ModuleNotFoundError: No module named '", "cv2", "'", "Cannot install ", "gradio",
    " conflicting dependencies", "exec: ", "./a.sh", ": permission denied", "libGL.so.1",
    ": cannot open shared object file", "Running on ", "127.0.0.1:80", "{0}", "{name}", "{", "}",
    TOO_LATE, " ", "\n", "\x1b[", "ffmpeg", ": not found", "SyntaxError: ", "\udcff",
]  # fmt: skip
_LINES = some.one_of(some.text(), some.lists(some.sampled_from(_PIECES)).map("".join))


@given(some.lists(_LINES, max_size=8), some.none() | _LINES)
def test_any_log_has_a_short_diagnosis_or_none(log: list[str], message: str | None) -> None:
    found = diagnose(log, message)
    assert found is None or isinstance(found, Diagnosis)
    if found is not None:
        assert max(map(len, (found.message, found.line, found.fix))) <= 400


def test_a_hostile_line_is_read_quickly() -> None:
    for piece in (*_PIECES, "a", "lib-", "../", "x Error", "Running on 0.0.0.0:9"):
        lines = [piece * (200_000 // len(piece))] * 5
        start = time.process_time()
        diagnose(lines, lines[0])
        assert time.process_time() - start < 1.0, piece
