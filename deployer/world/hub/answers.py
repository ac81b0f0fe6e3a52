"""What each route of the Hub gives: one table, checked for every request in one place.

An answer of another shape is a proxy's login page, a body that was cut short, or the answer to
another question. It is never taken for an empty result; it counts as a broken connection, so the
request is repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import httpx2

from deployer.world.hub.shapes import (
    Mismatch,
    Shape,
    date,
    expect,
    fields,
    flag,
    git_id,
    list_of,
    map_of,
    matching,
    sha256,
    size,
    space_id,
    text,
    url,
)

SHAPE = "hf_deploy_shape"  # in a request's extensions: the shape of an answer of another server

_runtime = fields(
    {"stage": matching("[A-Z0-9_]+", "a stage")},
    {"sha": git_id, "hardware": fields(optional={"current": text, "requested": text})},
)
_space_info = fields(
    {"id": space_id, "sha": git_id, "private": flag},
    {
        "sdk": text,
        "runtime": _runtime,
        "host": url,
        "createdAt": date,
        "lastModified": date,
        "siblings": list_of(
            fields(
                {"rfilename": text},
                {
                    "size": size,
                    "blobId": git_id,
                    "lfs": fields({"sha256": sha256, "size": size, "pointerSize": size}),
                },
            )
        ),
    },
)
_commit = fields(
    {
        "id": git_id,
        "title": text,
        "message": text,
        "authors": list_of(fields({"user": text})),
        "date": date,
    }
)
_file = fields(
    {"path": text, "oid": git_id, "size": size},
    {"lfs": fields({"oid": sha256, "size": size, "pointerSize": size}), "xetHash": text},
)
_folder = fields({"path": text, "oid": git_id})
_ref = fields({"name": text, "ref": text, "targetCommit": git_id})
_refs = fields(
    {"branches": list_of(_ref), "converts": list_of(_ref), "tags": list_of(_ref)},
    {"pullRequests": list_of(_ref)},
)
_secret = fields(optional={"description": text, "updatedAt": date})
_variable = fields({"value": text}, {"description": text, "updatedAt": date})
_findings = list_of(fields({"message": text}))
_token = fields(
    optional={
        "displayName": text,
        "role": text,
        "fineGrained": fields(optional={"global": list_of(text), "scoped": list_of(fields())}),
    }
)
_account = fields(
    {"name": text},
    {"orgs": list_of(fields({"name": text})), "auth": fields(optional={"accessToken": _token})},
)
_upload_mode = fields(
    {
        "path": text,
        "uploadMode": matching("lfs|regular", "a known upload mode"),
        "shouldIgnore": flag,
    }
)
_copied = fields(optional={"failed": list_of(fields({"sha256": sha256}))})
_upload_action = fields({"href": url}, {"header": fields()})
oidc_token = fields({"value": text})  # GitHub's answer


def _entry(value: Any, at: str) -> None:
    """A file, or a folder."""
    fields({"type": text})(value, at)
    (_file if value["type"] == "file" else _folder)(value, at)


def _upload(value: Any, at: str) -> None:
    """Where to upload an LFS file, why that can't be, or neither: the Hub has it."""
    fields({"oid": sha256, "size": size})(value, at)
    if "error" in value:
        fields({"error": fields({"code": size, "message": text})})(value, at)
    elif "actions" in value:
        fields({"actions": fields({"upload": _upload_action}, {"verify": _upload_action})})(
            value, at
        )


# called with a request and its answer of the right shape; raises Mismatch
Comparison = Callable[[httpx2.Request, Any], None]


def _of_all_files(request: httpx2.Request, answer: Any) -> None:
    requested = {file["path"] for file in json.loads(request.content)["files"]}
    expect(requested <= {file["path"] for file in answer["files"]}, "the answer", "complete")


def _of_all_objects(request: httpx2.Request, answer: Any) -> None:
    requested = {one["oid"] for one in json.loads(request.content)["objects"]}
    expect(requested == {one["oid"] for one in answer["objects"]}, "the answer", "complete")


def _of_these_paths(request: httpx2.Request, answer: Any) -> None:
    requested = set(parse_qs(request.content.decode())["paths"])
    expect({one["path"] for one in answer} <= requested, "the answer", "about these paths")


def _of_this_commit(request: httpx2.Request, answer: Any) -> None:
    """The first page of a history begins with the commit whose history it is."""
    if "p" in request.url.params or "cursor" in request.url.params:
        return
    expect(bool(answer), "the answer", "a history")
    revision = request.url.path.rpartition("/")[2]
    is_id = re.fullmatch("[0-9a-f]{40}", revision)
    expect(not is_id or answer[0]["id"] == revision, "the answer", "the history of this commit")


def _with_blobs(request: httpx2.Request, answer: Any) -> None:
    if request.url.params.get("blobs") == "true":
        file = fields({"size": size, "blobId": git_id})
        fields({"siblings": list_of(file)})(answer, "the answer")


def _with_new_variable(request: httpx2.Request, answer: Any) -> None:
    expect(json.loads(request.content)["key"] in answer, "the new variable", "there")


@dataclass(frozen=True, slots=True)
class _Route:
    """What a route gives; without a `shape` anything but a web page, since nobody reads it."""

    method: str
    path: str
    shape: Shape | None = None
    comparison: Comparison | None = None


_API = "/api/spaces/[^/]+/[^/]+"
_LFS = r"/spaces/[^/]+/[^/]+\.git/info/lfs/objects"
_ROUTES = (
    _Route("GET", f"{_API}(/revision/[^/]+)?", _space_info, _with_blobs),
    _Route("GET", f"{_API}/runtime", _runtime),
    _Route("GET", f"{_API}/host", fields(optional={"host": url})),
    _Route("POST", f"{_API}/(restart|hardware|sleeptime)", _runtime),
    _Route("GET", f"{_API}/commits/[^/]+", list_of(_commit), _of_this_commit),
    _Route("GET", f"{_API}/tree/.+", list_of(_entry)),
    _Route("POST", f"{_API}/paths-info/[^/]+", list_of(_entry), _of_these_paths),
    _Route("GET", f"{_API}/refs", _refs),
    _Route("POST", f"{_API}/tag/[^/]+"),
    _Route("GET", f"{_API}/variables", map_of(_variable)),
    _Route("POST", f"{_API}/variables", map_of(_variable), _with_new_variable),
    _Route("DELETE", f"{_API}/variables", map_of(_variable)),
    _Route("GET", f"{_API}/secrets", map_of(_secret)),
    _Route("POST", f"{_API}/secrets", fields()),
    _Route("PUT", f"{_API}/settings"),
    _Route("GET", f"{_API}/auth-check(/write)?"),
    _Route(
        "POST", f"{_API}/preupload/[^/]+", fields({"files": list_of(_upload_mode)}), _of_all_files
    ),
    _Route("POST", f"{_API}/lfs-files/duplicate", _copied),
    _Route("POST", f"{_LFS}/batch", fields({"objects": list_of(_upload)}), _of_all_objects),
    _Route("POST", f"{_API}/commit/[^/]+", fields({"commitOid": git_id, "commitUrl": url})),
    _Route("POST", "/api/repos/create", fields({"url": url})),
    _Route("POST", "/api/validate-yaml", fields({"errors": _findings, "warnings": _findings})),
    _Route("GET", "/api/whoami-v2", _account),
    _Route("POST", "/oauth/token", fields({"access_token": text}, {"expires_in": size})),
)
_PATTERNS = tuple((re.compile(route.path), route) for route in _ROUTES)
_prefixes = {""}  # the paths of the Hub URLs, below which these routes are


def add_hub(endpoint: str) -> None:
    """Check the answers of a Hub whose URL may have a path."""
    _prefixes.add(httpx2.URL(endpoint).path.rstrip("/"))


class UnexpectedAnswer(httpx2.RemoteProtocolError):
    """An answer that is not what its route gives: a passing failure, as a broken connection is."""


def check(request: httpx2.Request, response: httpx2.Response) -> None:
    """Raise UnexpectedAnswer for a success that is not what the requested route gives.

    Reads its body. Redirects pass, and so do routes without a shape: logs, files, and the storage
    of LFS files. An error in JSON is an object, or huggingface_hub can't read it.
    """
    if response.is_error and "json" in response.headers.get("Content-Type", ""):
        _check_error(request, response)
    route = _route_of(request)
    if route is None or not response.is_success:
        return
    try:
        response.read()
        _compare(request, response.content, route)
        if "next" in response.links:
            _compare_next_page(request, response.links["next"].get("url"), route)
    except Mismatch as mismatch:
        raise unexpected(request, str(mismatch)) from None


def _check_error(request: httpx2.Request, response: httpx2.Response) -> None:
    try:
        answer = json.loads(response.read())
    except (ValueError, RecursionError):
        return  # the status says enough
    if not isinstance(answer, dict):
        raise unexpected(request, f"the error {response.status_code} is not an object")


def _route_of(request: httpx2.Request) -> _Route | None:
    if shape := request.extensions.get(SHAPE):
        return _Route(request.method, request.url.path, shape)
    return _find_route(request.method, request.url)


def _find_route(method: str, requested: httpx2.URL) -> _Route | None:
    path = requested.raw_path.decode("ascii").partition("?")[0]
    below = {path.removeprefix(prefix) for prefix in _prefixes}
    for pattern, route in _PATTERNS:
        if route.method == method and any(map(pattern.fullmatch, below)):
            return route
    return None


def _compare(request: httpx2.Request, body: bytes, route: _Route) -> None:
    if route.shape is None:
        expect(not body.lstrip().startswith(b"<"), "a web page", "an answer of the Hub")
        return
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        expect(bool(body.strip()), "an empty body", "an answer of the Hub")
        raise Mismatch("the answer is not JSON") from None
    route.shape(answer, "the answer")
    if route.comparison is not None:
        route.comparison(request, answer)


def _compare_next_page(request: httpx2.Request, page: str | None, route: _Route) -> None:
    """A list goes on with another page of the same list."""
    url(page, "the next page")
    following = httpx2.URL(str(page))
    is_same = _find_route(request.method, following) is route and following != request.url
    expect(is_same, "the next page", "one of this list")


def unexpected(request: httpx2.Request, what: str) -> UnexpectedAnswer:
    """The error for an answer that is not what its route gives."""
    return UnexpectedAnswer(f"{request.method} {request.url.path}: {what}", request=request)
