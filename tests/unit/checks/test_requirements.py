"""What a Gradio Space installs: invalid lines are reported with a fix, valid ones are not."""

from __future__ import annotations

import codecs
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.checks.requirements import Build, check, names
from deployer.problem import Level

E, W = Level.ERROR, Level.WARNING
GRADIO = Build(sdk_version="6.31.0")
DEPLOYED = ["requirements.txt", "more.txt", "reqs/base.txt", "lib/pyproject.toml", "wheels/a.whl"]

VALID = """
# a comment
torch
torch==2.13.0  # pinned
  Pillow >= 10 , <12
transformers[torch,sentencepiece]~=4.44
gradio==6.31.0
gradio[oauth,mcp]>=6
huggingface_hub!=2.0.1
numpy<2; python_version < "3.13" and sys_platform == "linux"
--extra-index-url https://download.pytorch.org/whl/cu124
--index-url=https://download.pytorch.org/whl/cpu
-i https://packages.example/simple
--find-links https://data.pyg.org/whl/torch-2.0.1+cu118.html
--no-binary :all:
--pre
-f https://a.b/c
torchvision==0.19.0+cu121
git+https://github.com/huggingface/transformers
git+https://github.com/huggingface/diffusers.git@main#egg=diffusers
-e git+https://github.com/a/b#egg=b
detectron2 @ git+https://github.com/facebookresearch/detectron2.git
https://huggingface.co/a/b/resolve/main/flash_attn-2.7.4-cp310-cp310-linux_x86_64.whl
flash-attn @ https://github.com/a/b/releases/download/v1/x-1.0-py3-none-any.whl ; python_version == "3.10"
package @ file:///home/user/app/wheels/a-1.0-py3-none-any.whl
https://github.com/a/b/archive/refs/heads/main.zip
--trusted-host packages.example
-chttps://example.com/constraints.txt
DateTime
numpy;
-r https://example.com/requirements.txt
requests==2.32.3 \\
    --hash=sha256:70761cfe03c773ceb22aa2f671b4757976145175cdfca038c02654d061d6dcc6 \\
    --hash=sha256:55365417734eb18255590a9ff9eb97e9e1da868d4ccd6402399eba79d5c5e5e3
foo==1.0 --config-settings="--global-option=x"
dataclasses; python_version < "3.7"
scikit-learn
python-dotenv
python-multipart==0.0.9
json5
zope.interface==6.*
a===1.0-odd
"""

INVALID = [
    ("numpy=1.26", E, ["`numpy=1.26`", "`==`"]),
    ("numpy==", E, ["invalid requirement `numpy==`", "one requirement per line"]),
    ("numpy 1.26", E, ["invalid requirement"]),
    ("torch, numpy", E, ["one requirement per line"]),
    ("numpy>=1,<<2", E, ["invalid requirement"]),
    ("pip install numpy", E, ["not the command"]),
    ("import numpy", E, ["not the Python import"]),
    ("<<<<<<< HEAD", E, ["merge conflict"]),
    ("=======", E, ["merge conflict"]),
    ("numpy; python_version > 3", E, ["invalid requirement"]),
    ("opencv python", E, ["invalid requirement"]),
    ("sklearn", E, ["`scikit-learn`"]),
    ("sklearn==0.0", E, ["`scikit-learn`"]),
    ("python==3.10", E, ["`python_version`"]),
    ("os", E, ["`os` is part of Python"]),
    ("json", E, ["`json` is part of Python"]),
    ("pathlib==1.0.1", W, ["remove the line"]),
    ("sqlite3", E, ["not on PyPI", "remove the line"]),
    ("uuid", W, ["`uuid` is part of Python; the PyPI package"]),
    ("PIL", E, ["`Pillow`"]),
    ("cv2==4.8", E, ["`opencv-python-headless`"]),
    ("yaml", E, ["`PyYAML`"]),
    ("numpy=1.26.4=py311h64a7726_0", E, ["conda"]),
    ("numpy=>1.2", E, ["use `>=`"]),
    ("numpy^1.2", E, ["Poetry"]),
    ("numpy==latest", E, ["remove the version"]),
    ("!pip install x", E, ["not the command"]),
    ("- gradio", W, ["pip ignores", "remove the dash"]),
    ("-U gradio", E, ["unknown option `-U`", "one per line"]),
    ("--upgrade", E, ["unknown option `--upgrade`"]),
    ("torch --upgrade", E, ["pip rejects `--upgrade` after a requirement"]),
    ("torch --index-url https://a.b/c", W, ["pip ignores `--index-url`", "a line of its own"]),
    ("gradio: 5.0", E, ["one requirement per line"]),
    ("“torch”", E, ["remove the quotes"]),
    ("\u200btorch", E, ["invisible"]),
    ("git https://github.com/a/b", E, ["`git+https://...`"]),
    ("https://github.com/a/b", E, ["a web page", "`git+https://github.com/a/b`"]),
    ("https://github.com/a/b.git", E, ["a web page"]),
    ("numpy @ file:///C:/ci/numpy_1672/work", E, ["where this list was made", "name==version"]),
    ("C:\\Users\\me\\a.whl", E, ["where this list was made"]),
    ("-r gone.txt", E, ["`gone.txt` is not deployed"]),
    ("--constraint=../up.txt", E, ["`../up.txt` is not deployed"]),
    ("-e .", E, ["`.`", "not deployed"]),
    ("./gone", E, ["not deployed"]),
    ("wheels/gone.whl", E, ["not deployed"]),
    ("gone-1.0-py3-none-any.whl", E, ["not deployed"]),
    ("-r more.txt", W, ["from this file alone"]),
    ("-rmore.txt", W, ["from this file alone"]),
    ("--requirement reqs/base.txt", W, ["from this file alone"]),
    ("-c reqs/base.txt", W, ["from this file alone"]),
    ("torch // fast", E, ["one requirement per line"]),
    ('./lib ; python_version > "3"', W, ["from this file alone"]),
    ("./lib", W, ["from this file alone"]),
    ("-e lib", W, ["from this file alone"]),
    ("-e ./lib[extra]", W, ["from this file alone"]),
    ("wheels/a.whl", W, ["from this file alone"]),
    ('"client @ git+https://github.com/a/b@c"', E, ["remove the quotes"]),
    ("gradio==6.30.0", E, ["gradio==6.30.0", "6.31.0", "cache miss"]),
    ("Gradio[oauth]>=7", E, ["cache miss"]),
    ("gradio<6", E, ["cache miss"]),
    ("git", E, ["`GitPython`"]),
    ("pptx", E, ["`python-pptx`"]),
    ("pyaudioop", E, ["`audioop-lts`"]),
    ("whisper", W, ["`openai-whisper`"]),
    ("telegram==0.0.1", W, ["`python-telegram-bot`"]),
    ("docx", W, ["`import docx`, use `python-docx`"]),
    ("pkg-resources==0.0.0", E, ["not a package", "remove the line"]),
    ("pkg_resources", E, ["not a package"]),
    ("torchaudio==2.4.0+cu121", E, ["not on PyPI", "whl/cu121", "`torchaudio==2.4.0`"]),
    ("torchaudio===2.1.0+cpu", E, ["whl/cpu"]),
    ("pywin32==306", E, ["for Windows only", "win32"]),
    ("tensorflow-intel==2.15.0", E, ["for Windows only"]),
    ("pyobjc-framework-Cocoa", E, ["for macOS only", "darwin"]),
    ("git+https://${TOKEN}@github.com/a/b.git", E, ["`${TOKEN}` is not set"]),
    ("b @ git+https://${USER}:${TOKEN}@github.com/a/b", E, ["`${USER}` is not set"]),
    ("git+ssh://git@github.com/a/b.git", E, ["no SSH key"]),
    ("-e git+ssh://git@github.com/a/b.git#egg=b", E, ["no SSH key"]),
    ("git+git://github.com/a/b.git", E, ["`git+https://...`"]),
    ("https://a.b/c/en_core-any-py3-none-any.whl", E, ["pip rejects the wheel name"]),
    ("c @ https://a.b/c-1.0-any.whl", E, ["pip rejects the wheel name"]),
]


def test_valid_lines_have_no_findings() -> None:
    assert not check(VALID.encode(), DEPLOYED, build=GRADIO)
    assert not check(VALID.replace("\n", "\r\n").encode(), DEPLOYED, build=GRADIO)


def test_an_invalid_line_is_reported_with_its_line_and_fix() -> None:
    for line, level, words in INVALID:
        text = f"# one\ntorch \\\n  ==2.0\n{line}  # why\nnumpy>=2\n"
        found, *others = check(text.encode(), DEPLOYED, build=GRADIO)
        assert not others, line
        assert (found.path, found.line, found.level) == ("requirements.txt", 4, level), line
        assert not [word for word in words if word not in found.message], found.message


@pytest.mark.parametrize(
    "text",
    [
        "--extra-index-url https://download.pytorch.org/whl/cu121\ntorch==2.4.0+cu121\n",
        "torch==2.4.0+cu121\n-f https://download.pytorch.org/whl/torch_stable.html\n",
        "numpy==1.26\nNumPy==1.26\n",
        "docx\npython-docx\n",
        "-f https://download.pytorch.org/whl\ntorch==2.1.0\ntorch==2.1.0+cu121\n",
        "https://a.b/flash_attn-2.5.9.post1+cu122torch2.3cxx11abiFALSE-cp310-cp310-linux.whl\n",
        "bs4\npython-dotenv\ndotenv\n",
        "numpy\nnumpy>=1.2\nnumpy==1.26\n",
        'numpy==1.26; python_version < "3.12"\nnumpy==2.1; python_version >= "3.12"\n',
        'pywin32==306; sys_platform == "win32"\n',
        "pywin32-ctypes\npyreadline3\ncolorama\n",
        "https://a.b/en_core_web_sm-3.7.1-py3-none-any.whl\n",
        "https://a.b/torch-2.4.0%2Bcu121-cp310-cp310-linux_x86_64.whl#sha256=abc\n",
    ],
)
def test_what_only_resembles_an_error_has_no_finding(text: str) -> None:
    assert not check(text.encode(), DEPLOYED)


def test_two_versions_of_a_package_are_reported_at_the_later_line() -> None:
    (found,) = check(b"Flask_Cors==4.0.0\ntorch\nflask-cors==5.0.0\n", DEPLOYED)
    assert (found.line, found.name) == (3, "requirements-duplicate")
    (found,) = check(b"numpy<2\nnumpy==2.1.0\n", DEPLOYED)
    assert found.line == 2


DOCKER = Build(alone=False, has_secrets=True)


def test_the_build_of_an_image_may_have_secrets_other_indexes_and_other_files() -> None:
    assert not check(
        b"git+https://${TOKEN}@github.com/a/b\ngit+ssh://git@a.b/c\n", [], build=DOCKER
    )
    assert not check(b"torch==2.4.0+cu121\n", [], build=replace(DOCKER, has_index=True))
    assert not check(b"./lib\n-r more.txt\n", DEPLOYED, build=DOCKER)
    assert not check(b"./gone\n-r gone.txt\n", None, build=DOCKER)
    (found,) = check(b"./gone\n", DEPLOYED, build=DOCKER)
    assert "not copied before" in found.message


@pytest.mark.parametrize(
    ("line", "is_refused"),
    [
        ("torch==2.3.1", True),
        ("torch==2.5.1+cu121", True),
        ("torch<2.5", True),
        ("torch~=2.4.0", True),
        ("torch==2.8.0", False),
        ("torch==2.9.*", False),
        ("torch>=2.1", False),
        ("torch==2.14.0", False),
        ("torch", False),
        ("torchvision==0.18.1", False),
    ],
)
def test_zerogpu_refuses_versions_of_torch_that_it_does_not_have(
    line: str, is_refused: bool
) -> None:
    found = check(line.encode(), [], build=Build(zero_gpu=Level.ERROR, has_index=True))
    assert [one.name for one in found] == ["requirements-zerogpu"] * is_refused


def test_a_range_that_holds_the_cards_version_and_a_card_without_one_are_fine() -> None:
    assert not check(b"gradio>=6,<7", DEPLOYED, build=GRADIO)
    assert not check(b"gradio>=5", DEPLOYED, build=Build(sdk_version="6.0.0b1"))
    assert not check(b"gradio==5.0.0", DEPLOYED)
    assert not check(b"gradio==5.0.0", DEPLOYED, build=Build(sdk_version="nonsense"))


@pytest.mark.parametrize("line", ["-e .", ".", "./", ".[demo]"])
@pytest.mark.parametrize("project", ["pyproject.toml", "setup.py", "setup.cfg"])
def test_a_deployed_project_is_only_warned_about(line: str, project: str) -> None:
    (found,) = check(line.encode(), ["requirements.txt", project])
    assert found.level is W


def test_other_files_are_looked_up_beside_their_own() -> None:
    (found,) = check(b"-r base.txt", DEPLOYED, path="reqs/all.txt")
    assert found.level is W
    (found,) = check(b"-r base.txt", DEPLOYED, path="pre-requirements.txt")
    assert (found.path, found.level) == ("pre-requirements.txt", E)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_read_as_pip_does(encoding: str) -> None:
    assert not check("torch\nnumpy\n".encode(encoding), DEPLOYED)


def test_invalid_text_is_reported_once() -> None:
    (found,) = check("torch\nnumpy\n".encode("utf-16")[len(codecs.BOM_UTF16) :], DEPLOYED)
    assert found.line == 1 and "UTF-8" in found.message
    assert not check("# für später\ntorch\n".encode("latin-1"), DEPLOYED)


def test_a_backslash_at_the_end_of_a_comment_joins_nothing() -> None:
    (found,) = check(b"# here \\\nnumpy=1\n", DEPLOYED)
    assert found.line == 2
    assert not check(b"torch \\\n# a comment\n", DEPLOYED)
    assert not check(b"torch \\", DEPLOYED)


def test_a_continued_line_is_reported_at_its_first_line() -> None:
    (found,) = check(b"torch\nnumpy=1 \\\n  --hash=sha256:00 \\\n  --hash=sha256:01\n", DEPLOYED)
    assert found.line == 2 and "`numpy=1`" in found.message


def test_names_are_canonical() -> None:
    assert names(b"Foo_Bar==1 --hash=sha256:00\n-r x\ngit+https://a/b\nx @ https://a/b\n") == {
        *("foo-bar", "x"),
    }


@given(some.one_of(some.binary(), some.text(" -er=\\#./@:[];<>=\n\rab1\"'").map(str.encode)))
def test_no_bytes_break_a_check(data: bytes) -> None:
    assert all(str(one) for one in check(data, DEPLOYED, build=GRADIO))
    names(data)
