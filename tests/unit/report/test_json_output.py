"""The JSON of a deploy: the same keys whatever happened, one line of ASCII."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given

from deployer.release.outcome import DeployResult, ErrorDetails, RolloutResult
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.report import json_output
from deployer.space.space import SpaceId
from tests.unit.text import HOSTILE

ERROR = ErrorDetails("build failed", "HTTP 500", "see the build log")
RESULT = DeployResult(SpaceId("julia", "demo"), RolloutResult(Verdict.LIVE))


def test_the_json_has_the_same_keys_for_a_result_and_an_error() -> None:
    success = json.loads(json_output.result_json(replace(RESULT, plan=Plan("head"))))
    failure = json.loads(json_output.error_json(ERROR, 5, None))
    assert list(success) == list(failure)
    assert failure["error"] == {
        "error": "build failed",
        "cause": "HTTP 500",
        "fix": "see the build log",
    }
    assert (failure["exit_code"], failure["changed"], failure["verdict"]) == (5, False, None)


@given(HOSTILE)
def test_the_json_is_one_line_of_ascii(text: str) -> None:
    line = json_output.error_json(ErrorDetails(text, text, text), 1, text)
    assert line.isascii() and "\n" not in line
    assert json.loads(line)["error"]["cause"] == text
