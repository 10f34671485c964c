"""A stack of its own for each fault; whatever the test does to it, nothing is left of it."""

from collections.abc import Iterator

import pytest

from tests.integration.embedded.running import RunningStack, short_folder


@pytest.fixture
def stack() -> Iterator[RunningStack]:
    """Not started."""
    with short_folder() as folder:
        stack = RunningStack(folder / "state")
        yield stack
        stack.end()
