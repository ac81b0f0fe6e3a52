"""Many examples for each generated search."""

from hypothesis import settings

settings.register_profile("sweep", max_examples=300, deadline=None)
settings.load_profile("sweep")
