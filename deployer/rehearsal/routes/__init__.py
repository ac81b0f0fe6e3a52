"""The HTTP routes of the local Hub, one file per subject."""

from deployer.rehearsal.routes.application import application

__all__ = ["application"]
