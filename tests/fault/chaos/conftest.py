"""The same stack and people as the end-to-end tests."""

from tests.e2e.conftest import cloud, console, make_wish, stack, state

__all__ = ["cloud", "console", "make_wish", "stack", "state"]
