"""`redeem()`: code → Organization with credit, in one transaction, at most once per key."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.organizations.models import Organization
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Redemption
from franchise.vouchers.problems import KeyReused

LONGEST_KEY = 80


@dataclass(frozen=True, slots=True)
class Redeemed:
    organization: Organization
    amount: Money


def redeem(
    *,
    code: Secret,
    email: str,
    organization_name: str,
    idempotency_key: str,
    organization_slug: str = "",
    request: HttpRequest | None = None,
) -> Redeemed:
    """Make the Organization a code pays for and give it the code's credit.

    The same key with the same values gives the same answer and changes nothing. Raises
    UnknownCode, PausedCode, ExhaustedCode, ExpiredCode, AlreadyUsed (spec franchise §6.1), Invalid,
    BadSlug, SlugTaken, KeyReused. Whatever is raised, nothing was redeemed.
    """
    if not 1 <= len(idempotency_key) <= LONGEST_KEY:
        raise Invalid(_("An idempotency key has 1 to 80 characters."), field="idempotency_key")
    email = organizations.clean_email(email)
    with transaction.atomic():
        # The code first, then everything else: the one order of locks.
        voucher = vouchers.lock(code=code)
        if (done := vouchers.earlier(idempotency_key=idempotency_key)) is not None:
            _must_be_the_same(done, voucher.pk, email, organization_name)
            return Redeemed(done.organization, done.amount)
        vouchers.must_be_usable(voucher=voucher, email=email)
        organization = organizations.create(
            name=organization_name, owner_email=email, slug=organization_slug
        )
        redemption = vouchers.use(
            voucher=voucher,
            organization_id=organization.pk,
            email=email,
            idempotency_key=idempotency_key,
        )
        _record(redemption, organization, request)
    return Redeemed(organization, redemption.amount)


def _must_be_the_same(done: Redemption, voucher_id: int, email: str, name: str) -> None:
    known = (done.voucher_id, done.email, done.organization.name)
    if known != (voucher_id, email, organizations.clean_name(name)):
        raise KeyReused(_("Load the page again and send the form once more."))


def _record(
    redemption: Redemption, organization: Organization, request: HttpRequest | None
) -> None:
    user = getattr(request, "user", None)
    record(
        actor=str(user) if user is not None and user.is_authenticated else "anonymous",
        act="franchise.redeem",
        object=f"voucher:{redemption.voucher_id}",
        after={
            "organization": organization.slug,
            "email": redemption.email,
            "amount": str(redemption.amount),
        },
        request=request,
    )
