"""`/healthz`: this process answers, and who it is. `/readyz`: what it needs answers too.

Anybody may ask: answers name what fails and its kind of error, never an address or a value.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from catalyst.identity.permissions import names
from catalyst.telemetry import shared
from catalyst.trust import context
from catalyst.vault import services as vault
from catalyst.vault.problems import VaultAway
from catalyst.work.clock import database_now
from catalyst.work.models import WorkerBeat

WORKER_BEAT_MAX_AGE = 30.0
TIMEOUT_SECONDS = 2.0
OK = "ok"
# Away for all of our processes at once: sending people to none of them helps nobody, and every page
# that needs no secret goes on. A key that opens nothing is this process's own, and decides.
TOLD_ONLY = (VaultAway.__name__,)

# How many seconds ago it was well, when the check can tell by itself; else None.
Check = Callable[[], float | None]


class NotSeen(Exception):
    """No worker has shown itself lately."""


@dataclass(frozen=True, slots=True)
class Result:
    """One check. `verdict` is `ok` or the kind of error; `age` is seconds since it was last well,
    as far as this process knows, None when it never was."""

    name: str
    verdict: str
    ms: int
    age: float | None

    @property
    def well(self) -> bool:
        return self.verdict == OK

    @property
    def serves(self) -> bool:
        """Whether people may be sent here nevertheless."""
        return self.well or self.verdict in TOLD_ONLY


@names("anyone")
def healthz(request: HttpRequest) -> JsonResponse:
    """The Deployment's id in the answer is part of the proof of `ready` (design §8)."""
    return JsonResponse(
        {
            "status": "ok",
            "role": settings.CATALYST.role,
            "sovereign": settings.CATALYST.sovereign_fqdn,
            "deployment": settings.CATALYST.deployment_id,
            # In a cluster the name of the Pod: who answers is part of the proof as well.
            "instance": os.uname().nodename if settings.CATALYST.role == "sovereign" else "",
        }
    )


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _redis() -> None:
    with shared.connect() as client:
        client.ping()


def _worker() -> float:
    newest = WorkerBeat.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    if newest is None:
        raise NotSeen
    age = (database_now() - newest).total_seconds()
    if age > WORKER_BEAT_MAX_AGE:
        _last_well["worker"] = time.monotonic() - age
        raise NotSeen
    return age


def _powerdns() -> None:
    env = settings.CATALYST
    secure = env.powerdns_url.startswith("https://")
    answer = httpx.get(
        f"{env.powerdns_url}/api/v1/servers/{env.powerdns_server}",
        headers={"X-API-Key": env.powerdns_api_key.get_secret_value()},
        timeout=TIMEOUT_SECONDS,
        verify=context(env.ca_bundle if secure else None),
        trust_env=False,  # a proxy from somebody's shell must not see the key
    )
    shared.upstream(vendor="powerdns", code=answer.status_code)
    answer.raise_for_status()


def _vault() -> None:
    vault.prove()


CHECKS: dict[str, dict[str, Check]] = {
    "zero": {
        "database": _database,
        "redis": _redis,
        "worker": _worker,
        "powerdns": _powerdns,
        "vault": _vault,
    },
    "sovereign": {"database": _database, "redis": _redis, "vault": _vault},
}
_last_well: dict[str, float] = {}


def look() -> tuple[Result, ...]:
    """Every check of this role, now."""
    return tuple(_look(name, check) for name, check in CHECKS[settings.CATALYST.role].items())


def _look(name: str, check: Check) -> Result:
    started = time.monotonic()
    try:
        age = check() or 0.0
        verdict = OK
        _last_well[name] = time.monotonic() - age
    except Exception as error:  # noqa: BLE001 - failing in any way is failing
        verdict = type(error).__name__
    now, last = time.monotonic(), _last_well.get(name)
    age_known = None if last is None else round(now - last, 1)
    return Result(name, verdict, round((now - started) * 1000), age_known)


@never_cache
@names("anyone")
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when people may be sent here, else 503; each check with verdict, milliseconds and age."""
    results = look()
    healthy = all(result.serves for result in results)
    checks = {
        result.name: {"verdict": result.verdict, "ms": result.ms, "age": result.age}
        for result in results
    }
    return JsonResponse({"ready": healthy, "checks": checks}, status=200 if healthy else 503)
