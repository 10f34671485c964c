"""Stripe (`infra/localcloud/stripe`), played on a laptop. Started by command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from catalyst.embedded.private_files import write_private
from catalyst.embedded.probes import http_ok
from catalyst.embedded.service import Service
from catalyst.embedded.state import StackState

_RETRY_SECONDS = 2.0


def _config(state: StackState) -> Path:
    return state.config_dir / "stripe.json"


def _prepare(state: StackState) -> None:
    document = {
        "state_dir": str(state.state_dir / "stripe"),
        "port": state.ports["stripe"],
        "admin": {
            "port": state.ports["stripe_admin"],
            "key_file": str(state.secrets_dir / "stripe-admin"),
        },
        "account": {"key_file": str(state.secrets_dir / "stripe-account")},
        "acme_dir": str(state.acme_dir),
        "retry_seconds": _RETRY_SECONDS,
    }
    write_private(_config(state), json.dumps(document, indent=2))


SERVER = Service(
    name="stripe",
    needs=("internet", "acme-prepare"),
    after=("acme-trust",),  # whom it believes when it sends webhooks
    ports=("stripe", "stripe_admin"),
    argv=lambda state: [
        *(sys.executable, "-m", "infra.localcloud.stripe"),
        *("--config", str(_config(state))),
    ],
    prepare=_prepare,
    probe=lambda state: http_ok(f"{state.stripe_admin_url}/healthz"),
    where=lambda state: state.stripe_url or "",
    deadline=60,
    stop_seconds=4,
)
