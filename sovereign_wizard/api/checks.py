"""Questions before a wish: is this token good, is this name free, what is there to choose; and a
key pair for the asking.

Nothing is stored here, and no secret leaves but the private key in its one answer.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.decorators import decorate_view
from pydantic import Field, SecretStr

from catalyst.api.document import problems
from catalyst.api.shapes import Asked, Document
from catalyst.blueprints import services as blueprints
from catalyst.limits.gate import limited
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from dns.pools import services as names
from sovereign_wizard.api.people import person
from sovereign_wizard.catalog import hetzner
from sovereign_wizard.catalog.problems import TokenMalformed, TokenReadOnly, TokenRefused
from sovereign_wizard.wizard import ssh_key

router = Router(tags=["before a wish"], by_alias=True)
HOST = r"^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*)?$"
# Ours → the specification's clients know only those of provisioning §2.
REASONS = {"releasing-state": "active-state", "quarantined": "active-state"}


class Credentials(Asked):
    token: SecretStr = Field(min_length=1, max_length=200)
    provider: Literal["hetzner"] = "hetzner"


class Validity(Document):
    valid: bool
    message: str = Field(examples=["Hetzner accepts it for reading and writing."])


class NoToken(Problem):
    """400, as the specification's clients expect of what cannot be a token."""

    type = "token-malformed"
    title = TokenMalformed.title
    status = 400


class Choosable(Document):
    """A component of the kit, which a wish may name."""

    id: str = Field(examples=["external-dns"])
    title: str
    summary: str
    needs: list[str] = Field(description="Ids of others without which it does not work.")
    mandatory: str = Field(description="Why every Sovereign has it; empty for those to choose.")


class ChoosableApp(Document):
    """An App which a wish may name."""

    id: str = Field(examples=["nextcloud"])
    title: str
    summary: str
    category: str
    needs: list[str] = Field(description="Ids of the services that come along.")
    installable: bool = Field(description="Can Catalyst install it today?")


class Name(Asked):
    subdomain: str = Field(max_length=253, examples=["omantel"])
    pool_domain: str = Field(max_length=253, examples=["omani.works"])


class Availability(Document):
    """Advice, not a promise: asking for the Deployment decides."""

    available: bool
    reason: str | None = Field(
        description="invalid-format, reserved, reserved-state, active-state or unsupported-pool"
    )
    detail: str | None
    fqdn: str | None
    suggestions: list[str] = Field(description="Names close to it that are free.")


class KeyFor(Asked):
    fqdn: str = Field("", max_length=253, pattern=HOST, examples=["omantel.omani.works"])


class KeyPair(Document):
    public_key: str
    private_key: str = Field(description="OpenSSH format, no passphrase. Shown this once.")
    fingerprint: str = Field(examples=["SHA256:…"])


@router.post(
    "/credentials/validate",
    response=Validity,
    summary="Is this Hetzner token good for reading and writing?",
    openapi_extra=problems(429, 503),
)
@decorate_view(limited("token-check"))
def validate(request: HttpRequest, body: Credentials) -> Any:
    """Asks Hetzner without changing anything there. The token is not kept."""
    person(request)
    try:
        hetzner.check_token(Secret(body.token.get_secret_value()))
    except TokenMalformed as problem:
        raise NoToken(problem.detail, field="token") from problem
    except (TokenRefused, TokenReadOnly) as problem:
        return Validity(valid=False, message=f"{problem.title}. {problem.detail}")
    return Validity(valid=True, message="Hetzner accepts it for reading and writing.")


@router.post(
    "/subdomains/check",
    response=Availability,
    summary="Is this name free?",
    openapi_extra=problems(429),
)
@decorate_view(limited("name-check"))
def check(request: HttpRequest, body: Name) -> Any:
    """Always 200 for what somebody typed: `reason` and `detail` say why not."""
    account = person(request).account
    found = names.check(pool=body.pool_domain, label=body.subdomain, account=account)
    return Availability(
        available=found.available,
        reason=REASONS.get(found.reason, found.reason) or None,
        detail=found.detail or None,
        fqdn=found.fqdn or None,
        suggestions=list(found.suggestions),
    )


@router.get("/components", response=list[Choosable], summary="What is there to choose?")
def choosable(request: HttpRequest) -> Any:
    """All components of a Sovereign, each after those it needs."""
    person(request)
    return [Choosable(**asdict(each)) for each in blueprints.kit().components.values()]


@router.get("/apps", response=list[ChoosableApp], summary="Which Apps are there to choose?")
def choosable_apps(request: HttpRequest) -> Any:
    """For a Sovereign's own catalogue; by title."""
    person(request)
    return [
        ChoosableApp(
            id=each.id, title=each.title, summary=each.summary, category=each.category,
            needs=list(each.needs), installable=each.installable,
        )
        for each in blueprints.apps().values()
        if each.choosable
    ]  # fmt: skip


@router.post(
    "/sshkey/generate",
    response=KeyPair,
    summary="Make an SSH key pair",
    openapi_extra=problems(429),
)
@decorate_view(limited("sshkey"))
def generate(request: HttpRequest, body: KeyFor, response: HttpResponse) -> Any:
    """Ed25519. The private key is in this answer and nowhere else."""
    person(request)
    known, private = ssh_key.make(f"catalyst@{body.fqdn}" if body.fqdn else "catalyst")
    response["Cache-Control"] = "no-store"
    return KeyPair(
        public_key=known.line, private_key=private.reveal(), fingerprint=known.fingerprint
    )
