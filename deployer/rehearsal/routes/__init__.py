"""What the Hub answers, one file per subject."""

from deployer.rehearsal.routes.application import application

__all__ = ["application"]
