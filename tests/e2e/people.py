"""Local people of a running stack, made by one process of the product that stays for the session.

`manage.py person` starts Django anew for every person, two seconds of a core each; this runs the
same command in one process, asked line by line over its standard input.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.plugins.backing_stack import ROOT

_SERVED: dict[Path, subprocess.Popen[str]] = {}


def make_person(state_dir: Path, email: str, password: str, roles: tuple[str, ...]) -> None:
    """Fails with what the command said when it refuses."""
    maker = _SERVED.get(state_dir)
    if maker is None or maker.poll() is not None:
        maker = _SERVED[state_dir] = _start(state_dir)
    assert maker.stdin is not None and maker.stdout is not None
    maker.stdin.write(json.dumps({"email": email, "password": password, "roles": roles}) + "\n")
    maker.stdin.flush()
    answer = maker.stdout.readline()
    assert answer == f"made {email}\n", answer or "the process that makes people has ended"


def _start(state_dir: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.people"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "CATALYST_STATE_DIR": str(state_dir),
            # The plugin, which is imported there too, would say another one.
            "CATALYST_TEST_STATE_DIR": str(state_dir),
            "DJANGO_SETTINGS_MODULE": "catalyst.settings.embedded",
        },
    )
    atexit.register(process.kill)
    return process


def _serve() -> None:
    import io

    import django
    from django.core.management import CommandError, call_command
    from django.db import DatabaseError, connection

    django.setup()
    wishes = sys.stdin
    for line in iter(wishes.readline, ""):
        wish = json.loads(line)
        # Tests kill the database between two people.
        connection.close()
        sys.stdin = io.StringIO(f"{wish['password']}\n")
        roles = [word for role in wish["roles"] for word in ("--role", role)]
        try:
            call_command("person", wish["email"], *roles)
        except (CommandError, DatabaseError) as error:
            print(str(error).replace("\n", " "))
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
