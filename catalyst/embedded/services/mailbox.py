"""The laptop's mail server: takes every mail for anybody and keeps it in a Maildir. Sends none on.

Links in mails are secrets: the folder is for its owner alone. `aiosmtpd` is the whole program.
"""

from __future__ import annotations

import smtplib
import sys
from pathlib import Path

from catalyst.embedded import profile
from catalyst.embedded.service import Service
from catalyst.embedded.state import StackState

_LARGEST = 2 * 1024 * 1024  # bytes of one mail


def folder(state: StackState) -> Path:
    """A Maildir (`mailbox.Maildir` reads it), in a folder that its owner alone may open."""
    return state.state_dir / "mailbox" / "mails"


def _prepare(state: StackState) -> None:
    folder(state).parent.mkdir(mode=0o700, exist_ok=True)  # the Maildir itself the server makes


def _argv(state: StackState) -> list[str]:
    return [
        *(sys.executable, "-m", "aiosmtpd", "--nosetuid", "--size", str(_LARGEST)),
        *("--listen", f"127.0.0.1:{state.ports['smtp']}"),
        *("--class", "aiosmtpd.handlers.Mailbox", str(folder(state))),
    ]


def _answers(state: StackState) -> bool:
    with smtplib.SMTP("127.0.0.1", state.ports["smtp"], "localhost", timeout=1.0) as server:
        return server.noop()[0] == 250


SERVER = Service(
    name="mailbox",
    ports=("smtp",),
    argv=_argv,
    prepare=_prepare,
    probe=_answers,
    wanted=profile.has_keycloak,  # nobody else sends mail here
    where=lambda state: str(folder(state)),
    late=True,
    deadline=60,
)
