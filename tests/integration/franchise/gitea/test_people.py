"""Accounts of people at a real Gitea, bound to its single sign-on, and who is in a team."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from catalyst.embedded.services.gitea import token_file
from catalyst.vault.secret import Secret
from franchise.gitea import commits, people, places
from franchise.gitea.http import Connection
from tests.integration.embedded.running import RunningStack
from tests.integration.franchise.gitea import sign_on

pytestmark = [pytest.mark.xdist_group("gitea"), pytest.mark.slow]
MONA = commits.Author("Mona Said", "mona@acme.example")


class Counted(Connection):
    """`writes`: what was asked that may change something."""

    writes = 0

    def ask(self, method: str, path: str, body: Any = None, **params: str | int) -> Any:
        self.writes += method != "GET"
        return super().ask(method, path, body, **params)


@pytest.fixture
def counted(git_stack: RunningStack) -> Iterator[Counted]:
    token = Secret(token_file(git_stack.state).read_text())
    with Counted(url=str(git_stack.state.gitea_url), token=token) as connection:
        yield connection


@pytest.fixture(scope="session")
def source(git_stack: RunningStack, gitea: Connection) -> int:
    return sign_on.have(git_stack)


def new() -> tuple[str, str]:
    """A `sub` and an address that nobody has."""
    return str(uuid.uuid4()), f"m{uuid.uuid4().hex[:10]}@acme.example"


def test_given_a_person_when_asked_for_twice_then_one_account_that_their_sub_opens(
    counted: Counted, source: int
) -> None:
    subject, email = new()
    name = people.account(counted, sign_on=source, subject=subject, email=email)
    assert name == email.partition("@")[0]
    (row,) = counted.ask("GET", "/admin/users", source_id=source, login_name=subject)
    assert (row["login"], row["email"], row["restricted"]) == (name, email, True)
    assert not row["is_admin"]

    before = counted.writes
    other = f"elsewhere-{email}"  # the address at the issuer is another by now
    assert people.account(counted, sign_on=source, subject=subject, email=other) == name
    assert counted.writes == before


def test_given_two_with_the_same_word_before_the_at_when_asked_for_then_nobody_gets_the_others(
    gitea: Connection, source: int
) -> None:
    (first, email), (second, _) = new(), new()
    twin = email.replace("acme", "rival")
    names = [
        people.account(gitea, sign_on=source, subject=subject, email=address)
        for subject, address in ((first, email), (second, twin))
    ]
    assert names == [email.partition("@")[0], f"{email.partition('@')[0]}-2"]


def test_given_a_name_that_gitea_keeps_or_an_address_that_is_taken_when_asked_then_another_or_none(
    gitea: Connection, source: int
) -> None:
    subject, _ = new()
    name = people.account(gitea, sign_on=source, subject=subject, email="explore@acme.example")
    assert name == "explore-2"
    ours = gitea.ask("GET", "/users/catalyst")["email"] or "catalyst@localhost"
    assert people.account(gitea, sign_on=source, subject=new()[0], email=ours) == ""


@pytest.mark.parametrize(
    ("email", "wanted"),
    [
        ("Mona.Said+x@acme.example", ["mona-said-x", "mona-said-x-2"]),
        ("__@acme.example", ["member", "member-2"]),
        (f"{'x' * 60}@acme.example", ["x" * 40, "x" * 38 + "-2"]),
    ],
)
def test_given_an_address_when_a_name_is_made_of_it_then_one_that_gitea_takes(
    email: str, wanted: list[str]
) -> None:
    assert list(islice(people.names(email), 2)) == wanted


def test_given_a_team_when_others_are_wanted_then_exactly_they_are_in_it(
    counted: Counted, source: int, owner: str
) -> None:
    team = places.team(counted, owner, "developers", permission="write")
    made = [
        people.account(counted, sign_on=source, subject=subject, email=email)
        for subject, email in (new(), new(), new())
    ]
    people.members(counted, team, set(made[:2]))
    people.members(counted, team, set(made[1:]))
    found = {each["login"] for each in counted.ask("GET", f"/teams/{team}/members")}
    assert found == set(made[1:])
    before = counted.writes
    people.members(counted, team, set(made[1:]))
    assert counted.writes == before


def test_given_a_token_when_a_developer_pushes_then_it_is_there_and_a_viewer_may_only_clone(
    git_stack: RunningStack, gitea: Connection, source: int, owner: str, tmp_path: Path
) -> None:
    repository = places.repository(gitea, owner, "shop")
    commits.write(gitea, repository, branch="main", files={"a": "1"}, message="a", author=MONA)

    def one(role: str, permission: str) -> tuple[str, str]:
        subject, email = new()
        name = people.account(gitea, sign_on=source, subject=subject, email=email)
        people.members(gitea, places.team(gitea, owner, role, permission=permission), {name})
        words = ("--username", name, "--token-name", "laptop", "--scopes", "write:repository")
        made = sign_on.command(git_stack, "user", "generate-access-token", *words, "--raw")
        return name, made.split()[-1]

    def git(*words: str, login: tuple[str, str]) -> int:
        """By a helper, so that the token is in no argument."""
        helper = tmp_path / "helper"
        helper.write_text(f"#!/bin/sh\necho username={login[0]}\necho password={login[1]}\n")
        helper.chmod(0o700)
        who = ("-c", f"user.name={login[0]}", "-c", "user.email=x@acme.example")
        argv = ["git", "-c", f"credential.helper={helper}", *who, *words]
        env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0"}
        return subprocess.run(argv, cwd=tmp_path, env=env, timeout=60, check=False).returncode

    developer, viewer = one("developers", "write"), one("viewers", "read")
    url = f"{git_stack.state.gitea_url}/{repository}.git"
    for login, pushes in ((developer, True), (viewer, False)):
        place = tmp_path / login[0]
        assert git("clone", "-q", url, str(place), login=login) == 0
        (place / "b").write_text(login[0])
        git("-C", str(place), "add", "b", login=login)
        git("-C", str(place), "commit", "-qm", "b", login=login)
        assert (git("-C", str(place), "push", "-q", login=login) == 0) is pushes
    assert commits.read(gitea, repository, "b", ref="main") == developer[0]
    stranger = ("nobody", "made-up")
    assert git("clone", "-q", url, str(tmp_path / "no"), login=stranger) != 0
