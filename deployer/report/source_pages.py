"""Where GitHub shows the source of a run."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from deployer.errors import Finding
from deployer.source.snapshot import Source


@dataclass(frozen=True, slots=True)
class SourcePages:
    """The pages of a workflow's repository: `server` is a URL, `repository` is `owner/name`.

    `sha` is the commit of the run. All are empty outside of a workflow.
    """

    server: str = ""
    repository: str = ""
    sha: str = ""

    def of_commit(self, source: Source) -> str | None:
        """The page of a source's commit; None for a source of another repository."""
        if not self.server or source.commit is None or source.repository != self.repository:
            return None
        return f"{self.server}/{self.repository}/commit/{source.commit}"

    def of_line(self, finding: Finding) -> str | None:
        """The page of the line that a finding is about; None where no file is."""
        if not (self.server and self.sha) or finding.path is None:
            return None
        place = f"#L{finding.line}" if finding.line else ""
        path = quote(finding.path.encode("utf-8", "surrogateescape"))
        return f"{self.server}/{self.repository}/blob/{self.sha}/{path}{place}"
