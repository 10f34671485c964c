"""Locking and using a code. The order of locks is: code, campaign, then everything else."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalyst.vault.secret import Secret
from franchise.organizations.models import Organization
from franchise.vouchers import codes, problems, states
from franchise.vouchers.models import Campaign, Redemption, VoucherCode
from franchise.vouchers.people import domain_of, person_of
from franchise.vouchers.preview import problem_of, state_of
from franchise.vouchers.states import Standing


def lock(*, code: Secret) -> VoucherCode:
    """The row of a code, judged; it and its campaign are locked until the caller's transaction
    ends, and what is read was read inside the lock. Raises UnknownCode.
    """
    canonical = codes.normalise(code)
    if canonical is None:
        raise problems.unknown()
    # Not the key: a batch that is being made for the campaign does not stand in the way.
    rows = VoucherCode.objects.select_for_update(no_key=True)
    rows = rows.filter(code_hash=codes.code_hash(canonical))
    found = rows.values_list("pk", "campaign_id").first()
    if found is None:
        raise problems.unknown()
    pk, campaign_id = found
    Campaign.objects.select_for_update(no_key=True).values_list("pk").get(pk=campaign_id)
    # A statement of its own: its clock is later than the wait for the locks.
    return states.judged(VoucherCode.objects).get(pk=pk)


def earlier(*, idempotency_key: str) -> Redemption | None:
    """The redemption a key was used for, if any."""
    found = Redemption.objects.select_related("organization", "voucher__campaign")
    return found.filter(idempotency_key=idempotency_key).first()


def must_be_usable(
    *, voucher: VoucherCode, email: str, organization: Organization | None = None
) -> None:
    """Raises the VoucherProblem of the state a locked voucher is in; AlreadyUsed, LimitReached."""
    if voucher.bound_email and person_of(voucher.bound_email) != person_of(email):
        raise problems.unknown()
    if states.standing(voucher) is not Standing.REVOKED:
        _must_be_within_limits(voucher.campaign, person_of(email), organization)
    if (problem := problem_of(state_of(voucher))) is not None:
        raise problem


def _must_be_within_limits(
    campaign: Campaign, person: str, organization: Organization | None
) -> None:
    used = Redemption.objects.select_related("organization").filter(campaign=campaign)
    used = used.exclude(state=Redemption.State.RELEASED).order_by("id")
    by_person = used.filter(person=person)
    by_organization = used.filter(organization=organization) if organization else used.none()
    for theirs, limit in (
        (by_person, campaign.per_person),
        (by_organization, campaign.per_organization),
    ):
        found = list(theirs[:limit])
        if len(found) < limit:
            continue
        first = found[0].organization
        if limit == 1:
            raise problems.already_used(organization=first.slug, name=first.name)
        raise problems.limit_reached()
    most = campaign.per_email_domain
    if most is not None and used.filter(domain=domain_of(person)).count() >= most:
        raise problems.limit_reached()


def use(
    *,
    voucher: VoucherCode,
    organization_id: int,
    email: str,
    idempotency_key: str,
    ip_hash: str = "",
) -> Redemption:
    """Count one use of a locked, usable voucher. Raises KeyReused."""
    campaign = voucher.campaign
    person = person_of(email)
    try:
        with transaction.atomic():
            redemption = Redemption.objects.create(
                campaign=campaign,
                voucher=voucher,
                organization_id=organization_id,
                email=email,
                person=person,
                domain=domain_of(person),
                amount_minor=campaign.credit_minor,
                currency=campaign.currency,
                once_per_organization=campaign.per_organization == 1,
                once_per_person=campaign.per_person == 1,
                idempotency_key=idempotency_key,
                ip_hash=ip_hash,
            )
    except IntegrityError as error:
        if earlier(idempotency_key=idempotency_key) is None:
            raise
        raise problems.KeyReused(_("Load the page again and send the form once more.")) from error
    VoucherCode.objects.filter(pk=voucher.pk).update(redeemed=F("redeemed") + 1)
    Campaign.objects.filter(pk=campaign.pk).update(
        redeemed=F("redeemed") + 1, spent_minor=F("spent_minor") + F("credit_minor")
    )
    return redemption
