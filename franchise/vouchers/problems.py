"""Why a code cannot be used, one class per state of spec franchise §6.1."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Conflict, Problem


class VoucherProblem(Problem):
    """Base of the states; the message belongs beside the code field."""


class UnknownCode(VoucherProblem):
    """Mistyped, never issued, another Sovereign's, or revoked: outside nobody can tell which."""

    type = "voucher-unknown"
    title = lazy("This code is not known here")
    status = 404


class PausedCode(VoucherProblem):
    type = "voucher-paused"
    title = lazy("This voucher is paused")
    status = 410


class ExhaustedCode(VoucherProblem):
    type = "voucher-exhausted"
    title = lazy("This voucher has been used up")
    status = 410


class ExpiredCode(VoucherProblem):
    type = "voucher-expired"
    title = lazy("This voucher has expired")
    status = 410


class NotStarted(VoucherProblem):
    type = "voucher-not-started"
    title = lazy("This voucher cannot be used yet")
    status = 409


class UncheckedCode(VoucherProblem):
    """Signed elsewhere, and the issuer's list of what it took back is too old to go by."""

    type = "voucher-unchecked"
    title = lazy("This voucher cannot be checked now")
    status = 503


class LimitReached(VoucherProblem):
    """Of the campaign: per Organization, per person or per domain of an e-mail, above one."""

    type = "voucher-limit-reached"
    title = lazy("This voucher was used as often as it may be")
    status = 409


class NotForThisOrganization(VoucherProblem):
    """The campaign is for other Plans, or for those who have not ordered yet."""

    type = "voucher-not-for-this-organization"
    title = lazy("This voucher is not for this Organization")
    status = 409


class AlreadyUsed(VoucherProblem):
    """`organization` in `extra` is the slug of the Organization that has the credit."""

    type = "voucher-already-used"
    title = lazy("You have used this voucher already")
    status = 409


class Changed(VoucherProblem):
    """Looked at again it is usable: its sellers changed something at this very moment."""

    type = "voucher-changed"
    title = lazy("This voucher was changed at this very moment")
    status = 409


class KeyReused(Conflict):
    type = "idempotency-key-reused"
    title = lazy("This request was already made with other values")


def unknown() -> UnknownCode:
    return UnknownCode(
        _(
            "We do not know this code. Compare it with your voucher, character by character. "
            "Nothing was redeemed."
        ),
        field="code",
    )


def paused() -> PausedCode:
    return PausedCode(
        _(
            "The voucher is paused by those who gave it out. Ask them, or try again later. "
            "Nothing was redeemed."
        ),
        field="code",
    )


def exhausted() -> ExhaustedCode:
    return ExhaustedCode(
        _(
            "Every use of this voucher has been taken. Ask those who gave it out for another. "
            "Nothing was redeemed."
        ),
        field="code",
    )


def expired() -> ExpiredCode:
    return ExpiredCode(
        _(
            "The time of this voucher is over. Ask those who gave it out for another. "
            "Nothing was redeemed."
        ),
        field="code",
    )


def not_started() -> NotStarted:
    return NotStarted(
        _(
            "The voucher is real, but its time has not begun. Come back when it has. "
            "Nothing was redeemed."
        ),
        field="code",
    )


def unchecked() -> UncheckedCode:
    return UncheckedCode(
        _(
            "It was given out by another Sovereign, of which we have heard nothing for too long. "
            "We ask it again every few minutes; try again later. Nothing was redeemed."
        ),
        field="code",
    )


def limit_reached() -> LimitReached:
    return LimitReached(
        _(
            "You, your Organization or your company have used vouchers of this kind as often as "
            "they may be used. Nothing was redeemed."
        ),
        field="code",
    )


def already_used(*, organization: str, name: str) -> AlreadyUsed:
    return AlreadyUsed(
        _(
            "This e-mail address has redeemed the voucher for “%(name)s”. The credit is "
            "there; nothing was redeemed again."
        )
        % {"name": name},
        field="code",
        organization=organization,
    )


def changed() -> Changed:
    return Changed(_("Nothing was redeemed. Send it once more."), field="code")


def wrong_plan() -> NotForThisOrganization:
    return NotForThisOrganization(
        _("The voucher is for Organizations with another Plan. Nothing was redeemed."),
        field="code",
    )


def ordered_before() -> NotForThisOrganization:
    return NotForThisOrganization(
        _("The voucher is for Organizations that have not ordered yet. Nothing was redeemed."),
        field="code",
    )
