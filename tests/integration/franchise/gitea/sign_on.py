"""A single sign-on at a test's Gitea, made by Gitea's own command as bp-gitea makes its one."""

from __future__ import annotations

import os
import pwd
import subprocess

from catalyst.embedded import accounts
from catalyst.embedded.programs import program
from catalyst.embedded.services.gitea import token_file
from tests.integration.embedded.running import RunningStack

NAME = "keycloak"


def have(stack: RunningStack) -> int:
    """Its id."""
    words = ("--name", NAME, "--provider", "github", "--key", "id", "--secret", "made-up")
    command(stack, "auth", "add-oauth", *words)
    listed = command(stack, "auth", "list").splitlines()
    return int(next(line.split()[0] for line in listed if NAME in line))


def command(stack: RunningStack, *words: str) -> str:
    """What `gitea admin …` says, run as the user whom Gitea runs as."""
    home = token_file(stack.state).parent
    argv = [str(program("gitea")), "--config", str(home / "app.ini"), "admin", *words]
    return subprocess.run(
        [*_as_its_user(), *argv],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        cwd=home,
        text=True,
        capture_output=True,
        timeout=60,
        check=True,
    ).stdout


def _as_its_user() -> list[str]:
    """It refuses to be root, and its program may lie where only root can walk."""
    if os.geteuid() != 0:
        return []
    entry = pwd.getpwnam(accounts.GITEA)
    reach = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    who = (f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
    return ["setpriv", *who, *reach]
