"""Finding a code, judging it, and counting one use of it.

Everything that can be refused early is refused without a lock. What counts is `use`: one statement
that locks code and campaign, sees that they are still what was judged, and counts. Whoever redeems
calls it as the last thing of the transaction, so that a code nobody can have for long is nobody's
for long: fifty customers at once wait for fifty commits, not for fifty Organizations.

The order of locks is: idempotency key, short name, the Organization's account, code, campaign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from catalyst.vault.secret import Secret
from franchise.ledger import services as ledger
from franchise.organizations.models import Organization
from franchise.vouchers import codes, elsewhere, problems, states
from franchise.vouchers.models import Campaign, Redemption, VoucherCode
from franchise.vouchers.people import domain_of, person_of
from franchise.vouchers.preview import State, find, problem_of, state_of, worth
from franchise.vouchers.states import Standing

# The campaign joins the code that was just counted, so that the code is always locked first. A row
# that waited is judged again as it is then (PostgreSQL, READ COMMITTED), and the clock that decides
# is read after the wait: by the RETURNING of a row that is already ours.
_COUNT = """
WITH code AS (
    UPDATE franchise_voucher_code SET redeemed = redeemed + 1
    WHERE id = %(code)s AND status = 'active' AND redeemed < max_redemptions
    RETURNING campaign_id, expires_at, clock_timestamp() AS now
), campaign AS (
    UPDATE franchise_campaign AS it
    SET redeemed = it.redeemed + 1, spent_minor = it.spent_minor + it.credit_minor
    FROM code
    WHERE it.id = code.campaign_id AND it.status = 'active'
      AND it.version = %(version)s
      AND it.credit_minor = %(credit)s AND it.currency = %(currency)s
      AND (it.max_redemptions IS NULL OR it.redeemed < it.max_redemptions)
      AND (it.budget_minor IS NULL OR it.spent_minor + it.credit_minor <= it.budget_minor)
    RETURNING it.starts_at, it.ends_at, clock_timestamp() AS now
)
SELECT campaign.starts_at <= campaign.now
   AND campaign.now < coalesce(code.expires_at, campaign.ends_at, 'infinity')
FROM code, campaign
"""

_UNDER_THE_KEY = "SELECT id FROM franchise_redemption WHERE idempotency_key = %s"
_ANY_OF_THEIRS = """
SELECT EXISTS (
    SELECT FROM franchise_redemption WHERE campaign_id = %s AND state <> 'released'
    AND (person = %s OR organization_id = %s OR domain = %s)
)
"""


class Refused(Exception):
    """Code or campaign is no longer what was looked at. Undo the transaction, then look again."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who uses a code. `organization`: an existing one; None: it is only being made."""

    email: str
    organization: Organization | None = None

    @property
    def person(self) -> str:
        return person_of(self.email)


def look(*, code: Secret) -> VoucherCode:
    """The judged row of a code, not locked; one that another Sovereign signed is taken in, in the
    caller's transaction. Raises UnknownCode; of a signed one also ExpiredCode, UncheckedCode."""
    _take_in(code)
    found = find(code=code)
    if found is None:
        raise problems.unknown()
    return found


def _take_in(code: Secret) -> None:
    """Judged anew each time: what its issuer took back since is not given."""
    if (signed := worth(code=code)) is None:
        return
    if (problem := problem_of(State(signed.state))) is not None:
        raise problem
    canonical, reader = codes.normalise(code), elsewhere.reader()
    assert canonical is not None and reader is not None
    reader.take_in(canonical)


def earlier(*, idempotency_key: str) -> Redemption | None:
    """The redemption a key was used for, if any."""
    if (number := _first(_UNDER_THE_KEY, [idempotency_key])) is None:
        return None
    return Redemption.objects.select_related("organization", "voucher__campaign").get(pk=number)


def is_of(redemption: Redemption, code: Secret) -> bool:
    """Is it this code that was used?"""
    canonical = codes.normalise(code)
    return canonical is not None and codes.code_hash(canonical) == redemption.voucher.code_hash


def must_be_usable(*, voucher: VoucherCode, customer: Customer) -> None:
    """Raises the VoucherProblem of the state a judged voucher is in; AlreadyUsed, LimitReached,
    NotForThisOrganization."""
    if voucher.bound_email and person_of(voucher.bound_email) != customer.person:
        raise problems.unknown()
    if states.standing(voucher) is not Standing.REVOKED:
        _must_be_within_limits(voucher.campaign, customer)
    if (problem := problem_of(state_of(voucher))) is not None:
        raise problem
    if customer.organization is not None:
        _must_be_for(voucher.campaign, customer.organization)


def use(
    *,
    voucher: VoucherCode,
    organization: Organization,
    email: str,
    idempotency_key: str,
    ip_hash: str = "",
) -> Redemption:
    """Count one use of a voucher that was looked at, in the caller's transaction, at its end.

    Raises LimitReached, AlreadyUsed; Refused; and IntegrityError where one person or Organization
    uses it twice at the same moment. After those two undo everything and look again.
    """
    campaign, customer = voucher.campaign, Customer(email, organization)
    if not _counted(voucher):
        raise Refused
    if _has_limits_to_count(campaign):
        _must_be_within_limits(campaign, customer)  # now nobody else can add to them
    return Redemption.objects.create(
        campaign=campaign,
        voucher=voucher,
        organization=organization,
        email=email,
        person=customer.person,
        domain=domain_of(customer.person),
        amount_minor=campaign.credit_minor,
        currency=campaign.currency,
        once_per_organization=campaign.per_organization == 1,
        once_per_person=campaign.per_person == 1,
        idempotency_key=idempotency_key,
        ip_hash=ip_hash,
    )


def release(*, redemption_id: int) -> None:
    """A use comes back: the code and its campaign have one more again. Joins the transaction."""
    rows = Redemption.objects.select_related("voucher", "campaign")
    row = rows.get(pk=redemption_id)
    VoucherCode.objects.select_for_update().get(pk=row.voucher_id)
    mine = Redemption.objects.filter(pk=row.pk, state=Redemption.State.COMMITTED)
    if mine.update(state=Redemption.State.RELEASED):
        VoucherCode.objects.filter(pk=row.voucher_id).update(redeemed=F("redeemed") - 1)
        Campaign.objects.filter(pk=row.campaign_id).update(
            redeemed=F("redeemed") - 1, spent_minor=F("spent_minor") - row.amount_minor
        )


def _counted(voucher: VoucherCode) -> bool:
    """One use more, if code and campaign still allow it, and it is time; both are locked now."""
    campaign = voucher.campaign
    values: dict[str, int | str] = {
        "code": voucher.pk,
        "version": campaign.version,
        "credit": campaign.credit_minor,
        "currency": campaign.currency,
    }
    return bool(_first(_COUNT, values))


def _has_limits_to_count(campaign: Campaign) -> bool:
    """Others than "once", which unique indexes hold."""
    return (
        campaign.per_person > 1
        or campaign.per_organization > 1
        or campaign.per_email_domain is not None
    )


def _must_be_within_limits(campaign: Campaign, customer: Customer) -> None:
    """Raises AlreadyUsed where the limit is one, else LimitReached."""
    if not _is_known(campaign, customer):
        return
    used = Redemption.objects.select_related("organization").filter(campaign=campaign)
    used = used.exclude(state=Redemption.State.RELEASED).order_by("id")
    _within(used.filter(person=customer.person), campaign.per_person)
    if customer.organization is not None:
        _within(used.filter(organization=customer.organization), campaign.per_organization)
    most = campaign.per_email_domain
    if most is not None and used.filter(domain=domain_of(customer.person)).count() >= most:
        raise problems.limit_reached()


def _is_known(campaign: Campaign, customer: Customer) -> bool:
    """Is there any use of the campaign that a limit may count? Most often there is none, and this
    costs a twentieth of counting."""
    organization = customer.organization
    domain = None if campaign.per_email_domain is None else domain_of(customer.person)
    theirs = [campaign.pk, customer.person, organization and organization.pk, domain]
    return bool(_first(_ANY_OF_THEIRS, theirs))


def _must_be_for(campaign: Campaign, organization: Organization) -> None:
    """An Organization that is only being made has no Plan and no order yet: it passes."""
    if campaign.plans and organization.plan and organization.plan not in campaign.plans:
        raise problems.wrong_plan()
    if campaign.first_order_only and ledger.has_bought(organization_id=organization.pk):
        raise problems.ordered_before()


def _within(used: QuerySet[Redemption], most: int) -> None:
    found = list(used[:most])
    if len(found) < most:
        return
    if most == 1:
        first = found[0].organization
        raise problems.already_used(organization=first.slug, name=first.name)
    raise problems.limit_reached()


def _first(statement: str, values: Any) -> Any:
    """The first column of its first row, if there is one."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None
