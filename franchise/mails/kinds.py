"""Which mails there are, and which words each needs. Pure.

A `Secret` among them goes through the vault; everything else is kept in the row. A name without
a default must be given: what is missing, unknown or of another type raises TypeError at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, get_type_hints

from django.utils import timezone
from django.utils.functional import Promise

from catalyst.vault.secret import Secret
from franchise.money import Money


class UnknownKind(TypeError):
    """No such mail: a mistake in the program."""


class WrongWords(TypeError):
    """The words do not fit the kind of mail: a mistake in the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What one kind is filled with.

    `marketing`: whoever says so gets no more of it. `to_anybody`: a customer typed the address, so
    that one address gets only so many a day.
    """

    marketing: ClassVar[bool] = False
    to_anybody: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfOrganization(Words):
    """`organization` is its name, `slug` leads to its pages."""

    organization: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherIssued(Words):
    marketing: ClassVar[bool] = True
    code: Secret
    credit: Money
    ends: datetime
    redeem_url: str
    given_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherRedeemed(OfOrganization):
    credit: Money
    last4: str
    credit_ends: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLow(OfOrganization):
    left: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditExpiring(OfOrganization):
    amount: Money
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditExhausted(OfOrganization):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceMade(OfOrganization):
    number: str
    total: Money
    issued_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(OfOrganization):
    amount: Money
    because: str = ""
    next_try: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite(OfOrganization):
    to_anybody: ClassVar[bool] = True
    invited_by: str
    role: str
    link: Secret
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationReady(OfOrganization):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AppReady(OfOrganization):
    app: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFailed(OfOrganization):
    app: str
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionScheduled(OfOrganization):
    by: str
    when: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionCancelled(OfOrganization):
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationDeleted(OfOrganization):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationSuspended(OfOrganization):
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationResumed(OfOrganization):
    pass


KINDS: Mapping[str, type[Words]] = {
    "voucher-issued": VoucherIssued,
    "voucher-redeemed": VoucherRedeemed,
    "credit-low": CreditLow,
    "credit-expiring": CreditExpiring,
    "credit-exhausted": CreditExhausted,
    "invoice": InvoiceMade,
    "payment-failed": PaymentFailed,
    "invite": Invite,
    "organization-ready": OrganizationReady,
    "app-ready": AppReady,
    "app-failed": AppFailed,
    "deletion-scheduled": DeletionScheduled,
    "deletion-cancelled": DeletionCancelled,
    "organization-deleted": OrganizationDeleted,
    "organization-suspended": OrganizationSuspended,
    "organization-resumed": OrganizationResumed,
}


def of(kind: str) -> type[Words]:
    """The words that a kind of mail needs. Raises UnknownKind."""
    try:
        return KINDS[kind]
    except KeyError:
        raise UnknownKind(f"there is no mail {kind!r}") from None


@cache
def _types(kind: str) -> dict[str, Any]:
    """By word. Raises UnknownKind."""
    return get_type_hints(of(kind))


def check(kind: str, context: Mapping[str, Any]) -> Words:
    """The words as the kind's own type. Raises UnknownKind, WrongWords."""
    words = of(kind)
    types = _types(kind)
    known = {field.name: field for field in fields(words)}
    if strange := sorted(set(context) - set(known)):
        raise WrongWords(f"{kind} knows no {', '.join(strange)}")
    needed = {name for name, field in known.items() if field.default is MISSING}
    if missing := sorted(needed - set(context)):
        raise WrongWords(f"{kind} needs {', '.join(missing)}")
    context = {n: str(v) if isinstance(v, Promise) else v for n, v in context.items()}
    for name, value in context.items():
        if not isinstance(value, types[name]) or (
            isinstance(value, datetime) and timezone.is_naive(value)
        ):
            raise WrongWords(f"{name} of {kind} is not {types[name]}")
    return words(**context)


def packed(words: Words) -> tuple[dict[str, Any], dict[str, Secret]]:
    """What goes into the row, and what goes into the vault."""
    values = {field.name: getattr(words, field.name) for field in fields(words)}
    secrets = {name: value for name, value in values.items() if isinstance(value, Secret)}
    return {name: _kept(value) for name, value in values.items() if name not in secrets}, secrets


def unpacked(kind: str, kept: Mapping[str, Any], secrets: Mapping[str, Secret]) -> Words:
    """The words again, from the row and the vault."""
    types = _types(kind)
    return check(kind, {**{name: _read(types[name], v) for name, v in kept.items()}, **secrets})


def _kept(value: Any) -> Any:
    match value:
        case Money():
            return {"minor": value.minor, "currency": value.currency}
        case date():
            return value.isoformat()
    return value


def _read(type_: Any, value: Any) -> Any:
    if value is None:
        return None
    if type_ is Money:
        return Money(value["minor"], value["currency"])
    if type_ in (datetime, datetime | None):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if type_ is date else value
