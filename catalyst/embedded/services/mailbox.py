"""The laptop's mail server (`infra/localcloud/mailbox`): keeps every mail, sends none on, and shows
them on a page. Started by command line.

Links in mails are secrets: the folder is for its owner alone, the page for this machine.
"""

from __future__ import annotations

import json
import smtplib
import sys
from pathlib import Path

from catalyst.embedded.private_files import write_private
from catalyst.embedded.probes import http_ok
from catalyst.embedded.service import Service
from catalyst.embedded.state import StackState


def folder(state: StackState) -> Path:
    """A Maildir (`mailbox.Maildir` reads it), in a folder that its owner alone may open."""
    return state.state_dir / "mailbox" / "mails"


def _config(state: StackState) -> Path:
    return state.config_dir / "mailbox.json"


def _prepare(state: StackState) -> None:
    folder(state).parent.mkdir(mode=0o700, exist_ok=True)  # the Maildir itself the server makes
    document = {
        "folder": str(folder(state)),
        "smtp_port": state.ports["smtp"],
        "page_port": state.ports["mails"],
        "acme_dir": str(state.acme_dir),
    }
    write_private(_config(state), json.dumps(document, indent=2))


def _answers(state: StackState) -> bool:
    with smtplib.SMTP("127.0.0.1", state.ports["smtp"], "localhost", timeout=1.0) as server:
        return server.noop()[0] == 250 and http_ok(f"{state.mails_url}/healthz")


SERVER = Service(
    name="mailbox",
    needs=("acme-prepare",),
    ports=("smtp", "mails"),
    argv=lambda state: [
        *(sys.executable, "-m", "infra.localcloud.mailbox"),
        *("--config", str(_config(state))),
    ],
    prepare=_prepare,
    probe=_answers,
    where=lambda state: f"{state.mails_url}/ (all mail of this laptop)",
    late=True,
    deadline=60,
)
