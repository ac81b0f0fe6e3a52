"""What the Hub gives on a route passes the check, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from deployer.world.hub import answers

# pylint: disable=missing-function-docstring  # the names are the sentences

HUB = "https://huggingface.co"
API = "/api/spaces/julia/demo"
ID, OTHER, SHA256 = "0123456789abcdef0123456789abcdef01234567", "f" * 40, "ab" * 32
DATE = "2026-02-06T12:47:43.000Z"
BUILDING = {
    "stage": "BUILDING",
    "hardware": {"current": None, "requested": "cpu-basic"},
    "storage": None,
    "gcTimeout": 172800,
    "replicas": {"requested": 1},
    "devMode": False,
    "domains": [{"domain": "julia-demo.hf.space", "stage": "READY"}],
}
FILE = {"type": "file", "oid": ID, "size": 12, "path": "app.py"}
LFS_FILE = {
    "type": "file",
    "oid": ID,
    "size": 99,
    "path": "model.bin",
    "lfs": {"oid": SHA256, "size": 99, "pointerSize": 134},
    "xetHash": "cd" * 32,  # nobody reads it
}
FOLDER = {"type": "directory", "oid": ID, "size": 0, "path": "data"}
COMMIT = {
    "id": ID,
    "title": "Deploy",
    "message": "",
    "authors": [{"user": "julia", "avatar": "/a.svg"}],
    "date": DATE,
}
REF = {"name": "main", "ref": "refs/heads/main", "targetCommit": ID}
SIBLING = {"rfilename": "app.py", "size": 12, "blobId": ID}
UPLOAD = {"href": f"{HUB}/_lfs/x?ticket=1", "header": {"chunk_size": "5", "00001": f"{HUB}/1"}}


@dataclass(frozen=True)
class Sample:
    """A request, and an answer of the Hub to it."""

    method: str
    path: str
    answer: Any
    body: Any = None
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def request(self) -> httpx2.Request:
        """The request."""
        if self.form:
            data = urlencode(self.form, doseq=True).encode()
            return httpx2.Request(self.method, HUB + self.path, content=data)
        return httpx2.Request(self.method, HUB + self.path, json=self.body)

    def check(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Check an answer to the request."""
        response = httpx2.Response(status, content=body, headers=headers, request=self.request)
        answers.check(self.request, response)


READ = {
    "Space": Sample(
        "GET",
        f"{API}?expand=sha&expand=runtime",
        {"_id": "1", "id": "julia/demo", "sha": ID, "private": False, "runtime": BUILDING},
    ),
    "Space with files": Sample(
        "GET",
        f"{API}?blobs=true",
        {"id": "julia/demo", "sha": ID, "private": True, "siblings": [SIBLING]},
    ),
    "runtime": Sample("GET", f"{API}/runtime", BUILDING),
    "restart": Sample("POST", f"{API}/restart", BUILDING),
    "hardware": Sample("POST", f"{API}/hardware", BUILDING, {"flavor": "t4-small"}),
    "history": Sample("GET", f"{API}/commits/{ID}", [COMMIT]),
    "tree": Sample("GET", f"{API}/tree/{ID}?recursive=true", [FILE, LFS_FILE, FOLDER]),
    "folder": Sample("GET", f"{API}/tree/{ID}/data/api/spaces?recursive=false", [FILE]),
    "paths": Sample(
        "POST", f"{API}/paths-info/{ID}", [FILE], form={"paths": ["app.py", "gone.py"]}
    ),
    "refs": Sample("GET", f"{API}/refs", {"branches": [REF], "converts": [], "tags": []}),
    "new variable": Sample(
        "POST", f"{API}/variables", {"A": {"value": "1", "updatedAt": DATE}}, {"key": "A"}
    ),
    "upload modes": Sample(
        "POST",
        f"{API}/preupload/main",
        {
            "files": [{"path": "app.py", "uploadMode": "regular", "shouldIgnore": False}],
            "commitOid": ID,
        },
        {"files": [{"path": "app.py", "size": 1, "sample": ""}]},
    ),
    "LFS uploads": Sample(
        "POST",
        "/spaces/julia/demo.git/info/lfs/objects/batch",
        {"objects": [{"oid": SHA256, "size": 9, "actions": {"upload": UPLOAD}}]},
        {"objects": [{"oid": SHA256, "size": 9}]},
    ),
    "commit": Sample(
        "POST",
        f"{API}/commit/main",
        {"success": True, "commitOid": ID, "commitUrl": f"{HUB}/spaces/julia/demo/commit/{ID}"},
    ),
    "creation": Sample("POST", "/api/repos/create", {"url": f"{HUB}/spaces/julia/demo"}),
    "validation": Sample(
        "POST", "/api/validate-yaml", {"errors": [], "warnings": [{"message": "no emoji"}]}
    ),
    "account": Sample("GET", "/api/whoami-v2", {"name": "julia", "orgs": [{"name": "o"}]}),
    "token": Sample("POST", "/oauth/token", {"access_token": "hf_jwt_x", "expires_in": 3600}),
}
# an empty object says something here
MAPS = {
    "variables": Sample("GET", f"{API}/variables", {"A": {"value": "1", "updatedAt": DATE}}),
    "a deletion": Sample("DELETE", f"{API}/variables", {"A": {"value": "1"}}, {"key": "B"}),
    "secrets": Sample("GET", f"{API}/secrets", {"A": {"updatedAt": DATE}}),
    "new secret": Sample("POST", f"{API}/secrets", {}),
    "host": Sample("GET", f"{API}/host", {"host": "https://julia-demo.hf.space"}),
}
UNREAD = {
    "tag": Sample("POST", f"{API}/tag/{ID}", {}),
    "settings": Sample("PUT", f"{API}/settings", {"private": True}),
    "access": Sample("GET", f"{API}/auth-check/write", {}),
}
ALL = {**READ, **MAPS, **UNREAD}

NONSENSE = {
    "empty": b"",
    "blank": b" \n",
    "null": b"null",
    "text": b'"OK"',
    "number": b"1",
    "page": b"<!DOCTYPE html><html>Log in</html>",
    "deep": b"[" * 200_000,
    "not UTF-8": b'{"a": "\xff"}',
}


@pytest.mark.parametrize("sample", ALL.values(), ids=ALL)
def test_an_answer_of_the_hub_passes(sample: Sample) -> None:
    sample.check(json.dumps(sample.answer).encode())


@pytest.mark.parametrize("sample", ALL.values(), ids=ALL)
def test_unknown_keys_pass(sample: Sample) -> None:
    def extended(value: Any) -> Any:
        if isinstance(value, dict):
            is_open = "value" not in value and all(isinstance(key, str) for key in value)
            more = {"new": {"value": "x"}} if is_open else {}
            return {key: extended(one) for key, one in value.items()} | more
        return [extended(one) for one in value] if isinstance(value, list) else value

    sample.check(json.dumps(extended(sample.answer)).encode())


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("sample", {**READ, **MAPS}.values(), ids={**READ, **MAPS})
def test_nonsense_is_refused(sample: Sample, nonsense: bytes) -> None:
    with pytest.raises(answers.UnexpectedAnswer) as raised:
        sample.check(nonsense)
    assert sample.path.partition("?")[0] in str(raised.value)


@pytest.mark.parametrize("sample", {**READ, **MAPS}.values(), ids={**READ, **MAPS})
def test_a_body_cut_short_is_refused(sample: Sample) -> None:
    body = json.dumps(sample.answer).encode()
    for end in range(1, len(body)):
        with pytest.raises(answers.UnexpectedAnswer):
            sample.check(body[:end])


@pytest.mark.parametrize("sample", {**READ, **MAPS}.values(), ids={**READ, **MAPS})
def test_a_list_in_place_of_an_object_or_the_reverse_is_refused(sample: Sample) -> None:
    other: Any = {} if isinstance(sample.answer, list) else [sample.answer]
    for answer in (other, [[]], [{}], {"error": "no"} if sample.path.endswith("refs") else [None]):
        with pytest.raises(answers.UnexpectedAnswer):
            sample.check(json.dumps(answer).encode())


@pytest.mark.parametrize("sample", READ.values(), ids=READ)
def test_an_empty_object_is_refused(sample: Sample) -> None:
    with pytest.raises(answers.UnexpectedAnswer):
        sample.check(b"{}")


def _broken(value: Any) -> Iterator[Any]:
    """A value with each of its ids, dates, sizes and URLs replaced by something else."""
    if isinstance(value, dict):
        for key, one in value.items():
            for broken in _broken(one):
                yield {**value, key: broken}
    elif isinstance(value, list):
        for number, one in enumerate(value):
            for broken in _broken(one):
                yield [*value[:number], broken, *value[number + 1 :]]
    elif value in (ID, SHA256, DATE):
        yield from ("nonsense", f"{value[:-1]}x", 1, {})


@pytest.mark.parametrize(
    "name", ["Space", "Space with files", "history", "tree", "paths", "refs", "commit", "secrets"]
)
def test_an_id_or_a_date_that_is_neither_is_refused(name: str) -> None:
    sample = ALL[name]
    found = [*_broken(sample.answer)]
    assert found
    for answer in found:
        with pytest.raises(answers.UnexpectedAnswer):
            sample.check(json.dumps(answer).encode())


OTHER_FILE = {"path": "b.py", "uploadMode": "regular", "shouldIgnore": False}
LFS_OBJECT = {"oid": SHA256, "size": 9}
TO_ANOTHER_QUESTION: dict[str, tuple[str, Any]] = {
    "no upload mode": ("upload modes", {"files": []}),
    "the mode of another file": ("upload modes", {"files": [OTHER_FILE]}),
    "an unknown mode": (
        "upload modes",
        {"files": [{"path": "app.py", "uploadMode": "new", "shouldIgnore": False}]},
    ),
    "no LFS object": ("LFS uploads", {"objects": []}),
    "another LFS object": ("LFS uploads", {"objects": [{"oid": "f" * 64, "size": 9}]}),
    "one LFS object more": (
        "LFS uploads",
        {"objects": [LFS_OBJECT, {"oid": "f" * 64, "size": 9}]},
    ),
    "an upload to nowhere": (
        "LFS uploads",
        {"objects": [{**LFS_OBJECT, "actions": {"upload": {"href": "file:///etc"}}}]},
    ),
    "actions without an upload": ("LFS uploads", {"objects": [{**LFS_OBJECT, "actions": {}}]}),
    "another path": ("paths", [{**FILE, "path": "other.py"}]),
    "no history": ("history", []),
    "the history of another commit": ("history", [{**COMMIT, "id": OTHER}]),
    "another variable": ("new variable", {"B": {"value": "1"}}),
    "a file without an id": (
        "Space with files",
        {"id": "julia/demo", "sha": ID, "private": True, "siblings": [{"rfilename": "app.py"}]},
    ),
    "no files": ("Space with files", {"id": "julia/demo", "sha": ID, "private": True}),
    "an id that is a path": ("Space", {"id": "../etc", "sha": ID, "private": True}),
}


@pytest.mark.parametrize("name", TO_ANOTHER_QUESTION)
def test_the_answer_to_another_question_is_refused(name: str) -> None:
    sample, answer = TO_ANOTHER_QUESTION[name]
    with pytest.raises(answers.UnexpectedAnswer):
        ALL[sample].check(json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("sample", "answer"),
    [
        (READ["LFS uploads"], {"objects": [LFS_OBJECT]}),
        (
            READ["LFS uploads"],
            {"objects": [{**LFS_OBJECT, "error": {"code": 422, "message": "too large"}}]},
        ),
        (READ["paths"], []),
        (READ["tree"], []),
        (Sample("GET", f"{API}/commits/{ID}?p=3", None), []),
        (MAPS["host"], {}),
        (MAPS["host"], {"host": None}),
        (READ["runtime"], {"stage": "RUNNING", "sha": None, "hardware": None}),
        (MAPS["variables"], {}),
    ],
)
def test_what_may_be_empty_passes(sample: Sample, answer: Any) -> None:
    sample.check(json.dumps(answer).encode())


@pytest.mark.parametrize(
    "url",
    [
        f"{HUB}{API}/refs",
        f"{HUB}{API}/commits/{ID}",  # itself
        f"{API}/commits/{ID}?p=1",
        "ftp://huggingface.co/",
    ],
)
def test_a_next_page_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(answers.UnexpectedAnswer):
        READ["history"].check(json.dumps([COMMIT]).encode(), Link=f'<{url}>; rel="next"')
    more = f"{HUB}{API}/commits/{ID}?p=1"
    READ["history"].check(json.dumps([COMMIT]).encode(), Link=f'<{more}>; rel="next"')


@pytest.mark.parametrize("status", [302, 304, 400, 404, 500])
def test_errors_and_redirects_pass(status: int) -> None:
    READ["tree"].check(b"<html>", status)


@pytest.mark.parametrize(
    "path", ["/spaces/julia/demo/resolve/main/api/spaces/a/b", f"{API}/logs/build", "/_lfs/x"]
)
def test_files_and_logs_pass(path: str) -> None:
    Sample("GET", path, None).check(b"<html>")


def test_a_page_is_refused_also_where_nobody_reads_the_answer() -> None:
    for sample in UNREAD.values():
        sample.check(b"OK")
        with pytest.raises(answers.UnexpectedAnswer):
            sample.check(b" <html>Log in</html>")


def test_the_routes_of_a_hub_below_a_path_are_checked() -> None:
    answers.add_hub("https://proxy.example.com/api/hub/")
    with pytest.raises(answers.UnexpectedAnswer):
        Sample("GET", f"/api/hub{API}/runtime", None).check(b"{}")
    Sample("GET", f"/elsewhere{API}/runtime", None).check(b"{}")


def test_no_value_of_an_answer_is_shown() -> None:
    secret = "hf_SentinelAbCdEfGh1234"
    for answer in ({"access_token": [secret]}, {secret: secret}, [secret], secret):
        with pytest.raises(answers.UnexpectedAnswer) as raised:
            READ["token"].check(json.dumps(answer).encode())
        assert secret not in str(raised.value)
