"""Organizations, repositories, keys, hooks and teams at a real Gitea."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from catalyst.vault.secret import Secret
from franchise.gitea import commits, places
from franchise.gitea.http import Connection
from franchise.gitea.problems import Away, GiteaProblem, Missing, TokenRefused
from tests.integration.embedded.running import RunningStack

pytestmark = [pytest.mark.xdist_group("gitea"), pytest.mark.slow]
MONA = commits.Author("Mona Said", "mona@acme.example")
Push = tuple[str, bytes]


@pytest.fixture
def receiver() -> Iterator[tuple[str, queue.Queue[Push]]]:
    """An address that is told of pushes, and what it was told: signature and body."""
    told: queue.Queue[Push] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.put((self.headers.get("X-Gitea-Signature", ""), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/push", told
    server.shutdown()
    server.server_close()


def test_given_a_new_title_when_asking_again_then_the_organization_has_it_and_is_private(
    gitea: Connection, owner: str
) -> None:
    places.organization(gitea, owner, title="Acme & Sons")
    found = gitea.ask("GET", f"/orgs/{owner}")
    assert (found["full_name"], found["visibility"]) == ("Acme & Sons", "private")


def test_given_a_hook_when_pushed_then_it_is_told_in_seconds_with_a_true_signature(
    gitea: Connection, repository: str, receiver: tuple[str, queue.Queue[Push]]
) -> None:
    address, told = receiver
    places.webhook(gitea, repository, url=address, secret=Secret("first"))
    places.webhook(gitea, repository, url=address, secret=Secret("second"))
    commits.write(gitea, repository, branch="main", files={"x": "1"}, message="x", author=MONA)
    signature, body = told.get(timeout=15)
    assert signature == hmac.new(b"second", body, hashlib.sha256).hexdigest()
    assert json.loads(body)["ref"] == "refs/heads/main"
    assert told.empty()  # one hook, not two


def test_given_another_key_of_the_same_title_when_asked_then_it_takes_the_place(
    gitea: Connection, repository: str
) -> None:
    for _ in range(2):
        key = Ed25519PrivateKey.generate().public_key()
        text = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        for _again in range(2):
            places.deploy_key(gitea, repository, title="flux", public_key=text)
    (only,) = gitea.ask("GET", f"/repos/{repository}/keys")
    assert only["read_only"] and only["key"].split()[1] == text.split()[1]


def test_given_a_protected_branch_when_asked_twice_then_there_is_one_rule(
    gitea: Connection, repository: str
) -> None:
    commits.write(gitea, repository, branch="main", files={"x": "1"}, message="x", author=MONA)
    for _ in range(2):
        places.protect(gitea, repository, "main", writers=("catalyst",))
    (rule,) = gitea.ask("GET", f"/repos/{repository}/branch_protections")
    assert rule["push_whitelist_usernames"] == ["catalyst"] and not rule["enable_force_push"]
    # Our own account still may.
    assert commits.write(
        gitea, repository, branch="main", files={"y": "1"}, message="y", author=MONA
    )


def test_given_a_person_when_put_into_a_team_then_strangers_are_told_apart(
    gitea: Connection, owner: str
) -> None:
    name = f"mona-{uuid.uuid4().hex[:8]}"
    body = {"username": name, "email": f"{name}@acme.example", "password": uuid.uuid4().hex}
    gitea.ask("POST", "/admin/users", {**body, "must_change_password": False})
    team = places.team(gitea, owner, "developers", permission="write")
    assert places.team(gitea, owner, "developers", permission="write") == team
    assert places.member(gitea, team, name)
    assert not places.member(gitea, team, f"nobody-{uuid.uuid4().hex[:8]}")
    assert [each["login"] for each in gitea.ask("GET", f"/teams/{team}/members")] == [name]


def test_given_an_organization_when_removed_then_repositories_go_and_again_is_fine(
    gitea: Connection, owner: str, repository: str
) -> None:
    for _ in range(2):
        places.remove_organization(gitea, owner)
    assert gitea.look(f"/orgs/{owner}") is None
    assert gitea.look(f"/repos/{repository}") is None


def test_given_a_wrong_token_when_asking_then_it_is_said_without_it(
    git_stack: RunningStack,
) -> None:
    token = uuid.uuid4().hex
    with Connection(url=str(git_stack.state.gitea_url), token=Secret(token)) as stranger:
        with pytest.raises(TokenRefused) as refused:
            stranger.ask("GET", "/user")
    assert token not in str(refused.value)


def test_given_no_server_when_asking_then_it_is_away() -> None:
    with Connection(url="http://127.0.0.1:9", token=Secret("x")) as nowhere:
        with pytest.raises(Away):
            nowhere.ask("GET", "/user")


def test_given_what_gitea_refuses_when_asking_then_it_is_no_outage(gitea: Connection) -> None:
    with pytest.raises(GiteaProblem) as refused:
        gitea.ask("POST", "/orgs", {"username": "no good name"})
    assert not isinstance(refused.value, (Away, Missing))
