"""`redeem()` and `redeem_for()`: code → Organization with credit, in one transaction, once per key.

Everything that takes time comes first and the use of the code is counted last, so that customers
who redeem the same code at the same moment wait for each other only as long as that takes. Killed
anywhere, nothing of it happened, and the same key does it as if for the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.identity.models import User
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from catalyst.work import locks
from franchise.applications.models import App
from franchise.crossing import services as crossing
from franchise.ledger import services as ledger
from franchise.ledger.models import Category
from franchise.mails import services as mails
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.organizations.models import Organization
from franchise.redeem import first_app
from franchise.redeem.into import Existing, Into, New
from franchise.redeem.origin import hash_of_address
from franchise.redeem.statuses import CreditUsed, Status, give_back, status
from franchise.vouchers import problems
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Redemption, VoucherCode

__all__ = [
    "CreditUsed", "Redeemed", "Status", "give_back", "redeem", "redeem_for", "status",
]  # fmt: skip
LONGEST_KEY = 80


@dataclass(frozen=True, slots=True)
class Redeemed:
    """`app`: the first one, if one was asked for and there are Apps here."""

    organization: Organization
    amount: Money
    redemption_id: int
    app: App | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer asks for: this code, into that Organization, at most once under this key."""

    code: Secret
    into: Into
    key: str
    request: HttpRequest | None
    blueprint: str = ""


def redeem(
    *,
    code: Secret,
    email: str,
    organization_name: str,
    idempotency_key: str,
    organization_slug: str = "",
    user: User | None = None,
    blueprint: str = "",
    request: HttpRequest | None = None,
) -> Redeemed:
    """Make the Organization a code pays for and give it the code's credit.

    `user`: the owner to be, logged in under that e-mail. `blueprint`: the App it begins with, and
    with it the least Plan for it, paid from the credit; without Apps here it is left aside. The
    same key with the same values gives the same answer and changes nothing.

    Raises UnknownCode, PausedCode, ExhaustedCode, ExpiredCode, NotStarted, AlreadyUsed,
    LimitReached, Changed (spec franchise §6.1), Invalid, BadSlug, SlugTaken, KeyReused; of the App
    NotInstallable, NotSold, CreditTooSmall, NoRoom. Whatever is raised, nothing was redeemed.
    """
    into = New(
        email=organizations.clean_email(email),
        name=organizations.clean_name(organization_name),
        slug=organization_slug,
        user=user,
    )
    return _redeem(Wish(code, into, idempotency_key, request, blueprint))


def redeem_for(
    *,
    code: Secret,
    user: User,
    organization_id: int,
    idempotency_key: str,
    blueprint: str = "",
    request: HttpRequest | None = None,
) -> Redeemed:
    """Give a code's credit to an Organization whose money this person may look after.

    As `redeem`; raises NotFound for an Organization that is not theirs, RoleTooSmall, NotOpen.
    """
    into = Existing(user, organization_id)
    return _redeem(Wish(code, into, idempotency_key, request, blueprint))


def _redeem(wish: Wish) -> Redeemed:
    if not 1 <= len(wish.key) <= LONGEST_KEY:
        raise Invalid(_("An idempotency key has 1 to 80 characters."), field="idempotency_key")
    try:
        with transaction.atomic():
            # Whoever sends the same key meanwhile waits here, and then finds what was done.
            locks.hold(f"franchise.redeem:{wish.key}")
            return _again(wish) or _once(wish)
    except (vouchers.Refused, IntegrityError, organizations.SlugTaken) as error:
        refusal = error
    # Undone by now. Somebody was quicker: with the code, or with the short name.
    customer = vouchers.Customer(wish.into.email, wish.into.organization())
    vouchers.must_be_usable(voucher=vouchers.look(code=wish.code), customer=customer)
    if isinstance(refusal, vouchers.Refused):
        raise problems.changed() from refusal
    raise refusal


def _again(wish: Wish) -> Redeemed | None:
    """The answer that was given under this key. Raises KeyReused."""
    done = vouchers.earlier(idempotency_key=wish.key)
    if done is None:
        return None
    if not (vouchers.is_of(done, wish.code) and wish.into.is_that_of(done)):
        raise problems.KeyReused(_("Load the page again and send the form once more."))
    app = first_app.of(done)
    if app is not None and app.blueprint != wish.blueprint:
        raise problems.KeyReused(_("Load the page again and send the form once more."))
    return Redeemed(done.organization, done.amount, done.pk, app)


def _once(wish: Wish) -> Redeemed:
    voucher = vouchers.look(code=wish.code)
    email = wish.into.email
    customer = vouchers.Customer(email, wish.into.organization())
    vouchers.must_be_usable(voucher=voucher, customer=customer)
    organization = wish.into.take()
    credit, ends = voucher.credit, _credit_ends(voucher)
    ledger.grant(
        organization_id=organization.pk,
        amount=credit,
        category=Category.PEER if voucher.campaign.issuer else Category.PROMOTIONAL,
        source=f"redemption:{wish.key}",
        actor=email,
        expires_at=ends,
        campaign=voucher.campaign.name,
        peer=voucher.campaign.issuer,
    )
    _record(wish, voucher, organization)
    mails.send(
        kind="voucher-redeemed",
        to=email,
        key=f"redemption:{wish.key}",
        context={
            "organization": organization.name,
            "slug": organization.slug,
            "credit": credit,
            "last4": voucher.last4,
            "credit_ends": ends,
        },
    )
    app = first_app.want(
        blueprint=wish.blueprint,
        organization=organization,
        email=email,
        key=wish.key,
        by=wish.into.member(),
        request=wish.request,
    )
    redemption: Redemption = vouchers.use(
        voucher=voucher,
        organization=organization,
        email=email,
        idempotency_key=wish.key,
        ip_hash=hash_of_address(wish.request),
    )
    if voucher.campaign.issuer:  # everybody who uses the code waits by now
        crossing.redeemed(redemption=redemption)
    if app is not None:
        first_app.came_of(app, redemption)
    return Redeemed(organization, redemption.amount, redemption.pk, app)


def _credit_ends(voucher: VoucherCode) -> datetime | None:
    """By the database's clock, from the moment of the look."""
    days = voucher.campaign.credit_expires_days
    return None if days is None else voucher.now + timedelta(days=days)  # type: ignore[attr-defined]


def _record(wish: Wish, voucher: VoucherCode, organization: Organization) -> None:
    user = getattr(wish.request, "user", None)
    record(
        actor=str(user) if user is not None and user.is_authenticated else "anonymous",
        act="franchise.redeem",
        object=f"voucher:{voucher.pk}",
        after={
            "organization": organization.slug,
            "email": wish.into.email,
            "amount": str(voucher.credit),
        },
        request=wish.request,
    )
