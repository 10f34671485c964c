"""What the tests of a folder share ends with the folder's last test, not with the session.

A control plane that nobody asks anything costs a third of a core, and a session has five of them.
The folders are named by `early_end` in pyproject.toml. Written for pytest 8: its own scope
`package` needs packages, and ours are none (`--import-mode=importlib`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("early_end", "folders whose session fixtures end with them", type="linelist")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, Any, Any]:
    answer = yield
    ended = _folder(item)
    if ended and (nextitem is None or _folder(nextitem) != ended):
        for definition in _of_session(item.session, ended):
            # Whoever needs it has put its own end into its list: they end first.
            definition.finish(item._request)  # type: ignore[attr-defined]
    return answer


def _folder(item: pytest.Item) -> str:
    """The named folder that a test lies in; empty for all other tests."""
    named = item.config.getini("early_end")
    return next((folder for folder in named if item.nodeid.startswith(f"{folder}/")), "")


def _of_session(session: pytest.Session, folder: str) -> Iterator[Any]:
    for definitions in session._fixturemanager._arg2fixturedefs.values():
        for definition in definitions:
            if definition.scope == "session" and definition.baseid == folder:
                yield definition
