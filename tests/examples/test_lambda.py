"""The microservice as a Lambda function: AWS's own runtime calls the handler for events."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.examples.conftest import MICROSERVICE, UV, Image
from tests.examples.runtime_api import RuntimeApi, serve_runtime_api

pytestmark = pytest.mark.real

Event = Callable[[str], dict[str, Any]]

_HANDLER = re.compile(r"Mangum\(.*?\)")
_HEADERS = {"host": "addition.example.com", "accept": "*/*"}


@dataclass(frozen=True)
class Function:
    """A function in a runtime, and the base path below which it is requested."""

    api: RuntimeApi
    base_path: str

    def answer(self, event: Event, path: str) -> Any:
        """What it responds to a request of a path below its base path."""
        return self.api.invoke(event(self.base_path + path))


@pytest.fixture(name="function", scope="module", params=["", "/prod"])
def _function(
    request: pytest.FixtureRequest,
    requirements: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Function]:
    """The image's files and handler; for a base path, the handler that the README names."""
    image = Image.read("Dockerfile.lambda-function")
    root = image.unpack(tmp_path_factory.mktemp("task"))
    if request.param:
        [handler] = _HANDLER.findall((MICROSERVICE / "README.md").read_text("utf-8"))
        file = root / "lambda_function.py"
        file.write_text(_HANDLER.sub(handler, file.read_text("utf-8")), "utf-8")
    with (
        serve_runtime_api() as api,
        subprocess.Popen(
            ["python", "-m", "awslambdaric", *image.command],
            cwd=root,
            env=requirements | {"AWS_LAMBDA_RUNTIME_API": api.host},
        ) as process,
    ):
        yield Function(api, request.param)
        process.kill()


def _http_api(path: str) -> dict[str, Any]:
    """A GET request, in version 2.0 of the events of an API Gateway and of function URLs.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    request = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": _HEADERS,
        "requestContext": {"http": request, "stage": "$default", "requestId": "id"},
        "isBase64Encoded": False,
    }


def _rest_api(path: str) -> dict[str, Any]:
    """The same in version 1.0, of a REST API: its stage is not in the path.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    context = {"stage": "prod", "path": f"/prod{path}", "identity": {"sourceIp": "192.0.2.1"}}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "GET",
        "headers": _HEADERS,
        "queryStringParameters": None,
        "requestContext": context,
        "body": None,
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_every_requirement_has_a_wheel_for_the_image(architecture: str) -> None:
    """The image of Python 3.11 is Amazon Linux 2, with glibc 2.26 and without a compiler."""
    image = ["--python-version", "3.11", "--python-platform", f"{architecture}-manylinux2014"]
    compile_wheels = [UV, "pip", "compile", "--quiet", "--only-binary", ":all:", *image]
    subprocess.run([*compile_wheels, MICROSERVICE / "requirements.txt"], check=True)


@pytest.mark.parametrize("event", [_http_api, _rest_api])
@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/", 200, {"message": "Add two integers: /add/1/2"}),
        ("/add/1/2", 200, {"total": 3}),
        ("/add/-1/-2", 200, {"total": -3}),
        ("/add/x/2", 422, {"detail": "not an integer of at most 1000 digits"}),
        ("/health", 200, {"status": "ok"}),
    ],
)
def test_the_handler_answers_an_event(
    function: Function, event: Event, path: str, status: int, body: dict[str, Any]
) -> None:
    answer = function.answer(event, path)
    assert (answer["statusCode"], json.loads(answer["body"])) == (status, body)
    assert answer["headers"]["content-type"] == "application/json"
