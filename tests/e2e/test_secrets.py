"""The Hetzner token is a canary: after a whole run it may be found nowhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from catalyst.eventlog.redaction import forms
from tests.e2e.conftest import Console
from tests.e2e.test_engine import is_ready
from tests.plugins.backing_stack import STATE_DIR

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow]
TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""


class Arguments(threading.Thread):
    """Looks at the arguments of every process, all the time, until told to stop."""

    def __init__(self, needles: set[bytes]) -> None:
        super().__init__(daemon=True)
        self.needles, self.found, self.seen, self.stop = needles, [], set(), threading.Event()

    def run(self) -> None:
        while not self.stop.wait(0.01):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes()
                except OSError:
                    continue
                self.seen.add(line.split(b"\0")[0].rsplit(b"/")[-1])
                if any(needle in line for needle in self.needles):
                    self.found.append(line)


def in_files(needles: set[bytes]) -> Iterator[Path]:
    for path in STATE_DIR.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if any(needle in content for needle in needles):
                yield path


def in_database(url: str, needles: set[bytes]) -> Iterator[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            rows = connection.execute(f"SELECT t::text FROM {table} t")  # noqa: S608 - names quoted
            for (row,) in rows:
                # bytea comes as hex: look there too
                hexes = {needle.hex().encode() for needle in needles}
                if any(needle in row.encode() for needle in needles | hexes):
                    yield table


def in_redis(url: str, needles: set[bytes]) -> Iterator[bytes]:
    client = redis.Redis.from_url(url)
    client.config_set("rdbcompression", "no")  # DUMP would hide text in LZF
    for key in client.scan_iter():
        content = client.dump(key) or b""
        if any(needle in content or needle in key for needle in needles):
            yield key
    client.close()


def in_environments(needles: set[bytes]) -> Iterator[bytes]:
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if any(needle in path.read_bytes() for needle in needles):
                yield (path.parent / "cmdline").read_bytes()
        except OSError:
            continue


def test_given_a_whole_run_when_everything_is_searched_then_the_token_is_nowhere(
    state: StackState, cloud: Cloud, console: Console, make_wish: Callable[..., dict[str, Any]]
) -> None:
    token = cloud.token("canary")
    needles = {form.encode() for form in forms(token)}
    arguments = Arguments(needles)
    arguments.start()
    deployment_id = console.provision(make_wish(token))
    console.until(deployment_id, is_ready)
    arguments.stop.set()
    arguments.join()

    assert b"tofu" in arguments.seen, "the watch did not see tofu at all"
    assert not arguments.found
    assert not list(in_files(needles))
    assert not list(in_database(state.postgres_url or "", needles))
    assert not list(in_database((state.tofu_postgres_url or "").split("?")[0], needles))
    assert not list(in_redis(state.redis_url or "", needles))
    assert not list(in_environments(needles))
    page = console.person.see(f"/sovereign/deployments/{deployment_id}/").text
    log = console.person.http.get(f"/log/deployment:{deployment_id}/download").text
    assert token not in page
    assert token not in log


def test_given_a_planted_canary_when_searched_then_it_is_found(state: StackState) -> None:
    """The search itself works: what it does not find is really not there."""
    canary = "c4n4ry" * 10
    needles = {form.encode() for form in forms(canary)}
    planted = STATE_DIR / "run" / "canary-planted"
    planted.write_text(canary)
    try:
        assert list(in_files(needles)) == [planted]
    finally:
        planted.unlink()
    client = redis.Redis.from_url(state.redis_url or "")
    client.set("canary-planted", canary)
    try:
        assert list(in_redis(state.redis_url or "", needles)) == [b"canary-planted"]
    finally:
        client.delete("canary-planted")
        client.close()
    with psycopg.connect(state.postgres_url or "", autocommit=True) as connection:
        connection.execute("CREATE TABLE canary_planted AS SELECT %s::text AS c", [canary])
        try:
            assert list(in_database(state.postgres_url or "", needles)) == ["public.canary_planted"]
        finally:
            connection.execute("DROP TABLE canary_planted")
