"""Catalyst itself: the schema, the delegations, Daphne, the Celery worker and beat."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from catalyst.embedded.probes import http_ok
from catalyst.embedded.service import AS_APP, Service
from catalyst.embedded.state import StackState

_CELERY = ("-m", "celery", "--app", "catalyst")


def _env(_state: StackState) -> Mapping[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "catalyst.settings.embedded"}


def _app_env(state: StackState) -> Mapping[str, str]:
    return {**_env(state), AS_APP: "1"}


MIGRATE = Service(
    name="migrate",
    needs=("databases",),
    argv=lambda _: [sys.executable, "-m", "catalyst.embedded.schema"],
    env=_env,
    run_once=True,
    deadline=180,
)
DELEGATIONS = Service(
    name="dns-bootstrap",
    needs=("migrate", "internet", "powerdns", "dnsdist"),
    argv=lambda _: [sys.executable, "-m", "catalyst.embedded.delegations"],
    env=_app_env,
    run_once=True,
    deadline=60,
)
WEB = Service(
    name="web",
    needs=("migrate", "redis", "openbao-unseal"),
    after=("acme-trust",),  # the settings read the CA bundle once
    ports=("web",),
    argv=lambda state: [
        *(sys.executable, "-m", "daphne", "--bind", "127.0.0.1"),
        *("--port", str(state.ports["web"])),
        # No access log: it would hold whole URLs, and a visitor may have put a secret in one.
        *("--verbosity", "0", "--no-server-name"),
        "catalyst.asgi:application",
    ],
    env=_app_env,
    probe=lambda state: http_ok(f"{state.web_url}/healthz"),
    where=lambda state: state.web_url or "",
    deadline=60,
)
WORKER = Service(
    name="worker",
    needs=("migrate", "redis", "openbao-unseal"),
    after=("acme-trust", "dns-bootstrap", "localcloud"),
    argv=lambda _: [
        *(sys.executable, *_CELERY, "worker"),
        # A run holds its process while tofu works; the others keep the rest going.
        *("--concurrency", "4", "--pool", "prefork", "--loglevel", "INFO"),
        *("--queues", "catalyst,runs"),
        *("--without-gossip", "--without-mingle"),
    ],
    env=_app_env,
    ready_line=" ready.",
    deadline=60,
    # A warm stop waits for the tasks; one that takes longer is picked up again, by its lease.
    stop_seconds=4,
)
BEAT = Service(
    name="beat",
    needs=("worker",),
    argv=lambda state: [
        *(sys.executable, *_CELERY, "beat", "--loglevel", "INFO", "--pidfile", ""),
        *("--schedule", str(state.run_dir / "beat-schedule")),
    ],
    env=_app_env,
    ready_line="maxinterval ->",  # the last line of its banner
    deadline=60,
)
