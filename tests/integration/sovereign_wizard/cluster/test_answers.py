"""Answers a cluster or its Git may give, over real TLS: logs that are cut, bodies that say nothing.

What real ones say is judged beside this; here a server says what they hardly ever do. Logs are cut
as Kubernetes documents it (core/v1 PodLogOptions): whole seconds, then the first `limitBytes`.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from catalyst.vault.secret import Secret
from infra.localcloud.machines.control_plane.pki import Pki
from sovereign_wizard.cluster import words
from sovereign_wizard.cluster.client import Cluster
from sovereign_wizard.cluster.kubeconfig import Access
from sovereign_wizard.cluster.problems import ClusterAway
from sovereign_wizard.handover import tree
from sovereign_wizard.handover.gitea import Gitea, GiteaAway, Site

HOST, USER, TOKEN = "git.sovereign.test", "gitea_admin", "token-of-the-reader"
RUBBISH = [b"<html>Welcome</html>", b"[1]", b"{}", b"null", b'"metadata"', b""]
BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
PODS = f"/api/v1/namespaces/{words.NAMESPACE}/pods"
REPOSITORY = f"/api/v1/repos/{tree.ORGANIZATION}/{tree.REPOSITORY}"
TOKENS = f"/api/v1/users/{USER}/tokens"
Query = dict[str, str]
Json = dict[str, Any]


class Server:
    """Answers 200 with what is set for a method and path; 404 where nothing is."""

    def __init__(self, folder: Path) -> None:
        self.answers: dict[str, Callable[[Query], bytes]] = {}
        pki, answers = Pki(folder), self.answers
        pair = pki.leaf("server", authority=pki.server, user="s", hosts=("127.0.0.1", HOST))
        mine = pki.leaf("client", authority=pki.client, user="c")

        class Answer(BaseHTTPRequestHandler):
            def answer(self) -> None:
                asked = urlsplit(self.path)
                found = answers.get(f"{self.command} {asked.path}")
                query = {key: each[-1] for key, each in parse_qs(asked.query).items()}
                body = found(query) if found else b""
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = answer  # noqa: N815  # named by the library

            def log_message(self, *_: Any) -> None:
                """Quiet: the test says what is wrong."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(pair.certificate, pair.key)
        self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever)
        self._thread.start()
        port = int(self._http.server_address[1])
        self.site = Site(HOST, "127.0.0.1", pki.server.certificate, port)
        self.access = Access(
            f"https://127.0.0.1:{port}",
            pki.server.certificate.read_text(),
            mine.certificate.read_text(),
            Secret(mine.key.read_text()),
        )

    def says(self, asked: str, body: bytes | Json | list[Json]) -> None:
        whole = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[asked] = lambda _: whole

    def stop(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("answers"))
    yield made
    made.stop()


@pytest.fixture
def server(running: Server) -> Server:
    running.answers.clear()
    return running


def line(at: datetime, text: str, release: str = "bp-gitea") -> tuple[datetime, str]:
    """As helm-controller writes it."""
    about = {"name": release, "namespace": words.NAMESPACE}
    said: Json = {"level": "info", "ts": at.isoformat(timespec="milliseconds"), "msg": text}
    return at, json.dumps(said | ({"HelmRelease": about} if release else {}))


def keep_log(server: Server, log: list[tuple[datetime, str]]) -> None:
    def cut(query: Query) -> bytes:
        since = datetime.fromisoformat(query["sinceTime"]).replace(microsecond=0)
        told = "".join(f"{text}\n" for at, text in log if at >= since)
        return told.encode()[: int(query["limitBytes"])]

    server.says(f"GET /api/v1/namespaces/{words.NAMESPACE}/events", {"metadata": {}, "items": []})
    pods = {"metadata": {}, "items": [{"metadata": {"name": "helm-controller-1"}}]}
    server.says(f"GET {PODS}", pods)
    server.answers[f"GET {PODS}/helm-controller-1/log"] = cut


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("checking 4 dependencies", "bp-gitea"),
        ("release is out of sync", "of-a-customer"),
        ("Starting workers", ""),
    ],
)
def test_given_more_than_an_answer_of_lines_nobody_is_told_then_what_follows_is_heard_once(
    server: Server, text: str, release: str
) -> None:
    between = [
        line(BEGIN + timedelta(milliseconds=100 * number), f"{number:0100} {text}", release)
        for number in range(2, 2000)
    ]
    assert sum(len(each) for _, each in between) > 2 * words.MOST_BYTES
    first = line(BEGIN + timedelta(milliseconds=100), "first")
    keep_log(server, [first, *between, line(BEGIN + timedelta(hours=1), "last")])

    known, mark, heard = {(words.NAMESPACE, "bp-gitea")}, BEGIN, []
    with Cluster(server.access) as cluster:
        for _ in range(8):
            found = words.listen(cluster, known, events_mark=0, log_mark=mark, now=BEGIN)
            assert found.log_mark is not None and found.log_mark >= mark
            mark = found.log_mark
            heard += [word.text for word in found.words]
    assert heard == ["first", "last"]


@pytest.mark.parametrize("body", RUBBISH)
@pytest.mark.parametrize("path", [tree.SOURCES, tree.ADMIN])
def test_given_an_answer_that_is_no_object_then_the_cluster_is_away(
    server: Server, path: str, body: bytes
) -> None:
    server.says(f"GET {path}", body)
    server.says(f"GET {path}", body)
    steps: dict[str, Callable[[Cluster], Any]] = {
        tree.SOURCES: lambda there: tree._hand_over(there, fqdn="sovereign.test", signed=True),
        tree.ADMIN: lambda there: tree.give_own(there, server.site, "https://git.example/s.git"),
    }
    with Cluster(server.access) as cluster, pytest.raises(ClusterAway, match="no Kubernetes obj"):
        steps[path](cluster)


@pytest.mark.parametrize("body", RUBBISH)
@pytest.mark.parametrize("asked", [f"GET {REPOSITORY}", f"GET {TOKENS}", f"POST {TOKENS}"])
def test_given_an_answer_that_is_not_as_its_api_says_then_git_is_away_and_its_words_are_not_kept(
    server: Server, asked: str, body: bytes
) -> None:
    good: dict[str, Json | list[Json]] = {
        f"GET /api/v1/orgs/{tree.ORGANIZATION}": {},
        f"GET {REPOSITORY}": {"default_branch": "main"},
        f"GET {TOKENS}": [{"name": "flux"}],
        f"DELETE {TOKENS}/flux": {},
        f"POST {TOKENS}": {"sha1": TOKEN},
    }
    for each, answer in good.items():
        server.says(each, answer)

    def ask(gitea: Gitea) -> tuple[str, str]:
        return gitea.mirror("https://git.example/s.git"), gitea.reading_token().reveal()

    with Gitea(server.site, USER, Secret("x")) as gitea:
        assert ask(gitea) == ("main", TOKEN)
        server.says(asked, body)
        with pytest.raises(GiteaAway) as raised:
            ask(gitea)
    assert "not as its API says" in raised.value.detail
    assert raised.value.__context__ is None
