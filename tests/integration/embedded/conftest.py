"""One stack for the tests that only look at it, one of its own for each that changes it."""

from collections.abc import Iterator

import pytest

from tests.integration.embedded.running import RunningStack, short_folder


@pytest.fixture(scope="session")
def shared() -> Iterator[RunningStack]:
    """Up with PostgreSQL, Redis and PowerDNS; must be left as it is found."""
    with short_folder() as folder:
        stack = RunningStack(folder / "state")
        stack.up("postgres", "redis", "powerdns")
        yield stack
        stack.end()


@pytest.fixture
def stack() -> Iterator[RunningStack]:
    """Not started."""
    with short_folder() as folder:
        stack = RunningStack(folder / "state")
        yield stack
        stack.end()
