"""The door of this room: what can be done at a customer's registrar, with the customer's keys.

Nothing is kept but the audit trail: who asked which registrar about which domain, and what came of
it. A caller that must go on later keeps the credentials in the vault itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from catalyst.audit.services import record
from catalyst.vault.secret import Secret
from dns.registrars.budget import Budget
from dns.registrars.catalog import REGISTRARS, find
from dns.registrars.credentials import Credentials
from dns.registrars.domains import Domain
from dns.registrars.domains import read as read_domain
from dns.registrars.exchange import Link
from dns.registrars.problems import MissingNameservers, ReadBackDiffers, RegistrarProblem
from dns.registrars.registrar import Registrar
from dns.registrars.signers import Signer
from dns.registrars.turns import turn
from dns.registrars.values import Capabilities, CredentialField, JobState, Outcome, Standing, hosts

__all__ = [
    "Capabilities",
    "CredentialField",
    "Credentials",
    "Domain",
    "JobState",
    "Outcome",
    "Registrar",
    "RegistrarProblem",
    "Signer",
    "Standing",
    "as_secret",
    "available",
    "confirm",
    "credentials_of",
    "from_secret",
    "kind_of",
    "opened",
    "read_domain",
    "refuse_unfit",
    "set_nameservers",
    "validate",
]

log = structlog.get_logger(__name__)


def available() -> list[type[Registrar]]:
    """Every registrar, in the order of a menu."""
    return list(REGISTRARS.values())


def kind_of(registrar: str) -> type[Registrar]:
    """What it can do and needs. Raises UnsupportedRegistrar."""
    return find(registrar)


def egress_ip() -> str:
    """The address our calls come from, for customers to allow at their registrar."""
    return str(settings.CATALYST.registrar_egress_ipv4)


def credentials_of(
    registrar: str, *, fields: Mapping[str, str] | None = None, token: str = ""
) -> Credentials:
    """From typed fields, or from the earlier system's string with colons.

    Raises UnsupportedRegistrar, MissingToken, InvalidCredentialShape.
    """
    kind = find(registrar)
    given = dict(fields) if fields else dict(kind.from_token(token))
    return Credentials.read(kind.fields, given)


def as_secret(registrar: str, credentials: Credentials) -> Secret:
    """For the vault, with whose they are. See `from_secret`. Raises UnsupportedRegistrar."""
    names = [field.name for field in find(registrar).fields]
    fields = {name: text for name in names if (text := credentials.reveal(name))}
    return Secret(json.dumps({"registrar": registrar, "fields": fields}))


def from_secret(secret: Secret) -> tuple[str, Credentials]:
    """The registrar and its credentials, from `as_secret`. Raises what `credentials_of` does."""
    found = json.loads(secret.reveal())
    return found["registrar"], credentials_of(found["registrar"], fields=found["fields"])


def refuse_unfit(registrar: str, domain: Domain, nameservers: Sequence[str]) -> None:
    """Whether its API can do this at all, without asking it. Raises NotSupportedForDomain."""
    find(registrar).must_fit(domain, nameservers)


@contextmanager
def opened(registrar: str, credentials: Credentials) -> Iterator[Registrar]:
    """An adapter for one operation."""
    kind = find(registrar)
    env = settings.CATALYST
    link = Link(
        endpoint=dict(env.registrar_endpoints).get(kind.name) or kind.endpoint,
        ca_bundle=env.ca_bundle if kind.name in dict(env.registrar_endpoints) else None,
        egress_ip=env.registrar_egress_ipv4,
        budget=Budget(),
    )
    alone = turn(f"{kind.name}:{credentials.fingerprint()}") if kind.serial else nullcontext()
    with alone, kind(credentials, link) as adapter:
        yield adapter


def validate(
    *,
    registrar: str,
    domain: str,
    credentials: Credentials,
    actor: str,
    request: HttpRequest | None = None,
) -> Standing:
    """That the credentials may change the domain. Changes nothing; is written to the audit."""
    name = read_domain(domain)
    with _audited("registrar.validate", registrar, name, actor, request):
        with opened(registrar, credentials) as adapter:
            return adapter.validate(name)


def set_nameservers(
    *,
    registrar: str,
    domain: str,
    credentials: Credentials,
    nameservers: Sequence[str],
    actor: str,
    request: HttpRequest | None = None,
) -> Outcome:
    """Validate, replace, read back. DONE only when the registrar shows what was asked for."""
    name, wanted = read_domain(domain), hosts(filter(str.strip, nameservers))
    if not wanted:
        raise MissingNameservers("Say which name servers.", field="nameservers")
    asked = {"nameservers": list(wanted)}
    with _audited("registrar.set-nameservers", registrar, name, actor, request, asked):
        with opened(registrar, credentials) as adapter:
            adapter.must_fit(name, wanted)
            adapter.validate(name)
            return adapter.set_nameservers(name, wanted)


def confirm(
    *, registrar: str, domain: str, credentials: Credentials, nameservers: Sequence[str], job: str
) -> Outcome:
    """How a change that was accepted has gone. Raises JobFailed, ReadBackDiffers."""
    name, wanted = read_domain(domain), hosts(nameservers)
    with opened(registrar, credentials) as adapter:
        found = adapter.poll(name, job) if job else None
        if found is not None and found.state is JobState.PENDING:
            return Outcome(JobState.PENDING, found)
        seen = adapter.nameservers(name)
    if seen == wanted:
        return Outcome(JobState.DONE, found)
    raise ReadBackDiffers(
        "The registrar does not show the name servers that were asked for.",
        wanted=list(wanted),
        seen=list(seen),
    )


@contextmanager
def _audited(
    act: str,
    registrar: str,
    domain: Domain,
    actor: str,
    request: HttpRequest | None,
    asked: Mapping[str, object] | None = None,
) -> Iterator[None]:
    """One row before anything is asked, one with what came of it; a lost answer is seen as such."""
    kind = find(registrar)

    def note(outcome: str) -> None:
        facts = {"registrar": kind.name, "outcome": outcome, **(asked or {})}
        with transaction.atomic():
            record(
                actor=actor, act=act, object=f"domain:{domain.name}", after=facts, request=request
            )
        log.info("registrar", act=act, registrar=kind.name, domain=domain.name, outcome=outcome)

    note("asked")
    try:
        yield
    except RegistrarProblem as problem:
        note(problem.type)
        raise
    note("answered")
