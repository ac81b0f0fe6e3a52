"""How the unit tests look for counter-examples: few, and without a clock."""

from hypothesis import settings

settings.register_profile("unit", max_examples=50, deadline=None)
settings.load_profile("unit")
