"""What all tests share."""

from hypothesis import settings

# The first example of a compiled function takes seconds on a machine that has not compiled it yet.
settings.register_profile("eventspace", deadline=None, derandomize=True)
settings.load_profile("eventspace")
