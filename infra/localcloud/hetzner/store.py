"""The one file of truth: projects, tokens, resources and actions in SQLite, one writer.

Every write happens inside `transaction()`. Names are unique per project and kind by an index, so
two creates of one name can never both succeed. A token is kept only as its SHA-256.
"""

import hashlib
import json
import secrets
import sqlite3
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.localcloud.hetzner.errors import limit_exceeded, not_unique

Json = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS projects (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
    hash TEXT PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects, access TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS resources (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,
    project INTEGER NOT NULL REFERENCES projects, name TEXT NOT NULL,
    labels TEXT NOT NULL, created TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (project, kind, name)
);
CREATE TABLE IF NOT EXISTS actions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, project INTEGER NOT NULL REFERENCES projects,
    command TEXT NOT NULL, status TEXT NOT NULL, started REAL NOT NULL, due REAL NOT NULL,
    finished REAL, resources TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS actions_running ON actions (due) WHERE status = 'running';
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
# What the first schema did not have; `user_version` counts how many of them a file has seen.
_CHANGES = (
    "ALTER TABLE actions ADD COLUMN error TEXT",
    """CREATE TABLE limits (project INTEGER NOT NULL REFERENCES projects, name TEXT NOT NULL,
    most INTEGER NOT NULL, PRIMARY KEY (project, name))""",
)


@dataclass(slots=True)
class Resource:
    """One row: what every kind has, and the kind's own fields in `body`."""

    id: int
    kind: str
    project: int
    name: str
    created: str
    labels: dict[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows: `access` is `rw` or `ro`."""

    project: int
    access: str


@dataclass(frozen=True, slots=True)
class Action:
    """An asynchronous task of the cloud; times are Unix seconds. `error` (`code`, `message`) is how
    it ends, known from its start and shown once it has ended."""

    id: int
    project: int
    command: str
    status: str
    started: float
    due: float
    finished: float | None
    resources: tuple[Json, ...]
    error: Json | None


class Store:
    """SQLite behind typed methods; not for use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(path, isolation_level=None)
        path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_SCHEMA)
        (seen,) = self._db.execute("PRAGMA user_version").fetchone()
        for change in _CHANGES[seen:]:
            self._db.execute(change)
        self._db.execute(f"PRAGMA user_version = {len(_CHANGES)}")

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def only_actions_stay(self) -> Iterator[None]:
        """Inside a transaction: undo everything done here except the actions that were added."""
        (last,) = self._db.execute("SELECT max(id) FROM actions").fetchone()
        self._db.execute("SAVEPOINT only_actions")
        yield
        added = self._db.execute("SELECT * FROM actions WHERE id > ?", (last or 0,)).fetchall()
        self._db.execute("ROLLBACK TO only_actions")
        self._db.execute("RELEASE only_actions")
        self._db.executemany("INSERT INTO actions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", added)

    # Projects and tokens

    def add_project(self, name: str) -> int:
        return self._insert("INSERT INTO projects (name) VALUES (?)", name)

    def has_project(self, project: int) -> bool:
        found = self._db.execute("SELECT 1 FROM projects WHERE id = ?", (project,))
        return found.fetchone() is not None

    def add_token(self, project: int, access: str) -> str:
        """A new token, 64 letters and digits; this is the only time it can be read."""
        token = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(64))
        self._insert("INSERT INTO tokens VALUES (?, ?, ?)", _digest(token), project, access)
        return token

    def grant(self, token: str) -> Grant | None:
        query = "SELECT project, access FROM tokens WHERE hash = ?"
        row = self._db.execute(query, (_digest(token),)).fetchone()
        return Grant(*row) if row else None

    def limits(self, project: int) -> dict[str, int]:
        """How many of a kind (`server`, …) the project may have; what is not named has no limit."""
        query = "SELECT name, most FROM limits WHERE project = ?"
        return dict(self._db.execute(query, (project,)).fetchall())

    def set_limits(self, project: int, limits: dict[str, int]) -> None:
        self._db.execute("DELETE FROM limits WHERE project = ?", (project,))
        rows = [(project, name, most) for name, most in limits.items()]
        self._db.executemany("INSERT INTO limits VALUES (?, ?, ?)", rows)

    def reset(self) -> None:
        """Forget every resource and action; projects, tokens and the numbering stay."""
        self._db.execute("DELETE FROM resources")
        self._db.execute("DELETE FROM actions")

    # Resources

    def add(
        self, *, kind: str, project: int, name: str, labels: dict[str, str], body: Json
    ) -> Resource:
        """Raises uniqueness_error when the project has a resource of this kind and name, and
        resource_limit_exceeded when it may have no more of this kind."""
        most = self.limits(project).get(kind)
        if most is not None and len(self.all(kind, project)) >= most:
            raise limit_exceeded(kind)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            identifier = self._insert(
                "INSERT INTO resources (kind, project, name, labels, created, body)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                kind, project, name, json.dumps(labels), created, json.dumps(body),
            )  # fmt: skip
        except sqlite3.IntegrityError as error:
            raise _name_taken(kind) from error
        return Resource(identifier, kind, project, name, created, labels, body)

    def find(self, kind: str, identifier: int, project: int) -> Resource | None:
        query = f"{_SELECT} WHERE id = ? AND kind = ? AND project = ?"
        row = self._db.execute(query, (identifier, kind, project)).fetchone()
        return _resource(row) if row else None

    def all(self, kind: str, project: int | None = None) -> list[Resource]:
        query = f"{_SELECT} WHERE kind = ? AND (? IS NULL OR project = ?) ORDER BY id"
        return [_resource(row) for row in self._db.execute(query, (kind, project, project))]

    def save(self, resource: Resource) -> None:
        """Raises uniqueness_error when a new name is taken."""
        try:
            self._db.execute(
                "UPDATE resources SET name = ?, labels = ?, body = ? WHERE id = ?",
                _written(resource),
            )
        except sqlite3.IntegrityError as error:
            raise _name_taken(resource.kind) from error

    def remove(self, resource: Resource) -> None:
        self._db.execute("DELETE FROM resources WHERE id = ?", (resource.id,))

    # Actions

    def add_action(
        self, *, project: int, command: str, started: float, due: float,
        resources: list[Json], error: Json | None = None,
    ) -> Action:  # fmt: skip
        done = due <= started
        identifier = self._insert(
            "INSERT INTO actions (project, command, status, started, due, finished, resources,"
            " error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            project, command, _end_of(error) if done else "running", started, due,
            started if done else None, json.dumps(resources),
            None if error is None else json.dumps(error),
        )  # fmt: skip
        return self.actions(project, identifier)[0]

    def actions(self, project: int, identifier: int | None = None) -> list[Action]:
        """A project's actions, or the one with this id, by id."""
        query = f"{_SELECT_ACTION} WHERE project = ? AND (? IS NULL OR id = ?) ORDER BY id"
        rows = self._db.execute(query, (project, identifier, identifier))
        return [_action(row) for row in rows]

    def running_actions(self) -> list[Action]:
        """Of all projects, by id."""
        rows = self._db.execute(f"{_SELECT_ACTION} WHERE status = 'running' ORDER BY id")
        return [_action(row) for row in rows]

    def finish_action(self, action: Action, at: float) -> None:
        self._db.execute(
            "UPDATE actions SET status = ?, finished = ? WHERE id = ?",
            (_end_of(action.error), at, action.id),
        )

    # Small facts

    def note(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def write_note(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

    def _insert(self, statement: str, *values: object) -> int:
        return int(self._db.execute(statement, values).lastrowid or 0)


_SELECT = "SELECT id, kind, project, name, created, labels, body FROM resources"
_SELECT_ACTION = (
    "SELECT id, project, command, status, started, due, finished, resources, error FROM actions"
)


def _end_of(error: Json | None) -> str:
    return "success" if error is None else "error"


def _resource(row: tuple[Any, ...]) -> Resource:
    identifier, kind, project, name, created, labels, body = row
    return Resource(identifier, kind, project, name, created, json.loads(labels), json.loads(body))


def _written(resource: Resource) -> tuple[object, ...]:
    labels, body = json.dumps(resource.labels), json.dumps(resource.body)
    return (resource.name, labels, body, resource.id)


def _action(row: tuple[Any, ...]) -> Action:
    identifier, project, command, status, started, due, finished, resources, error = row
    return Action(
        identifier, project, command, status, started, due, finished,
        resources=tuple(json.loads(resources)),
        error=None if error is None else json.loads(error),
    )  # fmt: skip


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _name_taken(kind: str) -> Exception:
    return not_unique(["name"], f"{kind} name is already used")
