"""One real Gitea for the tests of this folder, beside a PostgreSQL of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from catalyst.embedded.services.gitea import token_file
from catalyst.vault.secret import Secret
from franchise.gitea import places
from franchise.gitea.http import Connection
from tests.integration.embedded.running import RunningStack, short_folder, wait_until

START_SECONDS = 180.0


@pytest.fixture(scope="session")
def git_stack() -> Iterator[RunningStack]:
    """It stands on a PostgreSQL of its own, and ends with the session."""
    with short_folder() as folder:
        stack = RunningStack(folder / "state", seconds=START_SECONDS)
        try:
            stack.up("gitea", CATALYST_GITEA="yes")
            wait_until(
                lambda: stack.service("gitea-person").condition == "done", seconds=START_SECONDS
            )
            yield stack
        finally:
            stack.end()


@pytest.fixture(scope="session")
def gitea(git_stack: RunningStack) -> Iterator[Connection]:
    """As Catalyst's own account."""
    token = Secret(token_file(git_stack.state).read_text())
    with Connection(url=str(git_stack.state.gitea_url), token=token) as connection:
        yield connection


@pytest.fixture
def owner(gitea: Connection) -> str:
    """A new organization."""
    name = f"org-{uuid.uuid4().hex[:8]}"
    places.organization(gitea, name)
    return name


@pytest.fixture
def repository(gitea: Connection, owner: str) -> str:
    """An empty repository, `owner/shop`."""
    return places.repository(gitea, owner, "shop")
