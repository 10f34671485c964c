"""People and projects at the running stack, as in the end-to-end tests."""

from tests.e2e.conftest import cloud, console, make_wish, stack, state

__all__ = ["cloud", "console", "make_wish", "stack", "state"]
