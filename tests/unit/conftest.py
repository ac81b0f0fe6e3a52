"""How many examples the generated searches of unit tests try: few here, many in `tests/sweep`."""

from hypothesis import settings

settings.register_profile("unit", max_examples=10, deadline=None)
settings.load_profile("unit")
