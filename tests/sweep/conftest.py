"""Many examples for each generated search, and the clock of the flows' tests."""

from hypothesis import settings

from tests.flows.conftest import _certificates_are_read_once, _no_waits

__all__ = ["_certificates_are_read_once", "_no_waits"]

settings.register_profile("sweep", max_examples=300, deadline=None)
settings.load_profile("sweep")
