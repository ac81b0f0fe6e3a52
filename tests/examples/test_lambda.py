"""The microservice as a Lambda function: AWS's own runtime calls the handler for events."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.examples.conftest import MICROSERVICE, UV, Image
from tests.examples.runtime_api import RuntimeApi, serve_runtime_api

pytestmark = pytest.mark.real


@pytest.fixture(name="function", scope="module")
def _function(
    requirements: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RuntimeApi]:
    """The API of a runtime that has the files of the image and calls the image's handler."""
    image = Image.read("Dockerfile.lambda-function")
    root = image.unpack(tmp_path_factory.mktemp("task"))
    with (
        serve_runtime_api() as api,
        subprocess.Popen(
            ["python", "-m", "awslambdaric", *image.command],
            cwd=root,
            env=requirements | {"AWS_LAMBDA_RUNTIME_API": api.host},
        ) as process,
    ):
        yield api
        process.kill()


def _event(path: str) -> dict[str, Any]:
    """A GET request, in version 2.0 of the events of an API Gateway and of function URLs.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    request = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "id.execute-api.us-east-1.amazonaws.com", "accept": "*/*"},
        "requestContext": {"http": request, "stage": "$default", "requestId": "id"},
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_every_requirement_has_a_wheel_for_the_image(architecture: str) -> None:
    """The image of Python 3.11 is Amazon Linux 2, with glibc 2.26 and without a compiler."""
    image = ["--python-version", "3.11", "--python-platform", f"{architecture}-manylinux2014"]
    compile_wheels = [UV, "pip", "compile", "--quiet", "--only-binary", ":all:", *image]
    subprocess.run([*compile_wheels, MICROSERVICE / "requirements.txt"], check=True)


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
    function: RuntimeApi, path: str, status: int, body: dict[str, Any]
) -> None:
    answer = function.invoke(_event(path))
    assert (answer["statusCode"], json.loads(answer["body"])) == (status, body)
    assert answer["headers"]["content-type"] == "application/json"
