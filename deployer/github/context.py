"""What a workflow run knows of itself.

https://docs.github.com/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployer.github.event import WorkflowEvent
from deployer.github.inputs import Inputs
from deployer.release.release import Run
from deployer.report.source_pages import SourcePages
from deployer.source.snapshot import SourceHints


@dataclass(frozen=True, slots=True)
class Context:
    """The run that we are part of: what it says of the source, of itself, and where it reads.

    `inputs` are those of the action, `pages` are where GitHub shows the source.
    """

    hints: SourceHints = SourceHints()
    run: Run = Run()
    event: WorkflowEvent = WorkflowEvent()
    inputs: Inputs = Inputs()
    pages: SourcePages = SourcePages()
    output: Path | None = None
    summary: Path | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Context | None:
        """The context of this process; None outside of GitHub Actions."""
        if environment.get("GITHUB_ACTIONS") != "true":
            return None
        event = WorkflowEvent.read(environment)
        hints = SourceHints(
            repository=environment.get("GITHUB_REPOSITORY") or None,
            ref=environment.get("GITHUB_REF") or None,
            public=event.is_public,
        )
        run = Run(
            id=environment.get("GITHUB_RUN_ID") or None,
            attempt=environment.get("GITHUB_RUN_ATTEMPT") or None,
            actor=environment.get("GITHUB_ACTOR") or None,
        )
        server = environment.get("GITHUB_SERVER_URL", "")
        pages = SourcePages(server, event.repository, event.sha)
        inputs = Inputs.read(environment)
        return cls(
            hints, run, event, inputs, pages, *(_file(environment.get(name)) for name in _FILES)
        )


_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")


def _file(path: str | None) -> Path | None:
    return Path(path) if path else None
