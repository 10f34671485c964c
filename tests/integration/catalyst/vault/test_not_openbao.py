"""Something else answers where OpenBao should: it learns nothing, and nothing breaks by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from catalyst.vault import keys, sweeping
from catalyst.vault.problems import VaultAway
from catalyst.vault.wrapped import Wrapped
from tests.integration.catalyst.vault.conftest import Use

LOGGED_IN = b'{"auth": {"client_token": "a token", "lease_duration": 600}}'


class Stranger(ThreadingHTTPServer):
    """Believes every log-in; to all else it gives one answer. `asked`: paths, in order."""

    def __init__(self, status: int, body: bytes = b"", location: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body, self.location = status, body, location
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Stranger

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(self.path)
        login = self.path.endswith("/login")
        body = LOGGED_IN if login else self.server.body
        self.send_response(200 if login else self.server.status)
        if self.server.location and not login:
            self.send_header("Location", f"{self.server.location}{self.path}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = do_LIST = do_POST  # noqa: N815 - names that http.server wants

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def answering(server: Stranger) -> Iterator[Stranger]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>",
        b"{}",
        b"[]",
        b'{"data": null}',
        b'{"data": {"ciphertext": 1, "plaintext": 1, "latest_version": null}}',
        b'{"data": {"ciphertext": "odd", "plaintext": "%", "latest_version": "x"}}',
    ],
)
def test_given_a_200_that_is_not_openbaos_when_asked_then_away(use: Use, body: bytes) -> None:
    with answering(Stranger(200, body)) as stranger:
        use("openbao", openbao_address=stranger.url)
        store, wrapped = keys.by_openbao(), Wrapped(b"vault:v1:x", "bao:v1")
        for ask in (
            store.current,
            lambda: store.wrap(b"k", record_id="mine"),
            lambda: store.unwrap(wrapped, record_id="mine"),
            lambda: store.rewrap(wrapped, record_id="mine"),
        ):
            with pytest.raises(VaultAway):
                ask()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>No such page</html>"),
        (404, b'{"errors": ["no handler for route"]}'),
        (404, b"[]"),
        (200, b"{}"),
        (200, b'{"data": {"data": {"sealed": "%"}, "keys": 1, "created_time": "then"}}'),
    ],
)
def test_given_no_store_of_values_when_asked_then_away_and_nothing_counts_as_gone(
    use: Use, status: int, body: bytes
) -> None:
    with answering(Stranger(status, body)) as stranger:
        use("openbao", openbao_address=stranger.url)
        store, path = keys.values(), "deployments/1/it"
        for ask in (
            lambda: store.write(path, b"it"),
            lambda: store.read(path, version=1),
            lambda: store.written_at(path),
            lambda: list(store.paths()),
            lambda: sweeping.destroy(path),
        ):
            with pytest.raises(VaultAway):
                ask()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_given_a_redirect_when_asked_then_away_and_nobody_else_is_told_a_token_or_a_key(
    use: Use, status: int
) -> None:
    with (
        answering(Stranger(200, b'{"data": {"ciphertext": "vault:v1:x"}}')) as elsewhere,
        answering(Stranger(status, location=elsewhere.url)) as stranger,
    ):
        use("openbao", openbao_address=stranger.url)
        store = keys.by_openbao()
        with pytest.raises(VaultAway):
            store.wrap(b"k", record_id="mine")
        with pytest.raises(VaultAway):
            store.make_new_key()
        with pytest.raises(VaultAway):
            store.forget_keys_before("bao:v2")
    assert stranger.asked and elsewhere.asked == []
