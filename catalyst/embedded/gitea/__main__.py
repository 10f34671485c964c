"""Run after each start of Gitea, as its user: `… <program> <app.ini> <token file> <url>`.

Makes the account `catalyst` and writes its token into a file of 0600. A token that Gitea still
takes is kept. Pure standard library: it runs as a user who may read nothing else of the stack.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

NAME = "catalyst"


def main(program: str, config: str, token: str, url: str) -> None:
    kept = Path(token)
    if kept.exists() and _takes(url, kept.read_text().strip()):
        return
    known = _gitea(program, config, "user", "list", "--admin").split()
    if NAME not in known:
        person = ("--admin", "--username", NAME, "--email", f"{NAME}@localhost")
        secret = ("--random-password", "--must-change-password=false")
        _gitea(program, config, "user", "create", *person, *secret)
    words = ("--token-name", f"laptop-{time.time_ns()}", "--scopes", "all", "--raw")
    made = _gitea(program, config, "user", "generate-access-token", "--username", NAME, *words)
    new = kept.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(made.split()[-1])
    new.replace(kept)


def _gitea(program: str, config: str, *words: str) -> str:
    """What the program says; its account of a failure goes to our log."""
    argv = [program, "--config", config, "admin", *words]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    return done.stdout


def _takes(url: str, token: str) -> bool:
    asked = urllib.request.Request(
        f"{url}/api/v1/user", headers={"Authorization": f"token {token}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=10) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return False


if __name__ == "__main__":
    os.umask(0o077)
    main(*sys.argv[1:5])
