"""One view an address (spec franchise §2.7). Their guards are in `door`."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from catalyst.identity.models import User
from catalyst.identity.step_up import is_recent, recently_proved
from catalyst.limits.gate import refuse, with_headers
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from franchise.compat import documents, services
from franchise.compat.documents import BadField, Document
from franchise.compat.door import by_method, refused
from franchise.money import Money
from franchise.redeem import description, tries
from franchise.vouchers import services as vouchers

LONGEST_CODE = 64


@recently_proved
def _issue(request: HttpRequest) -> HttpResponse:
    """Makes a code, or changes of an existing one what is sent and nothing else."""
    asked = documents.read(request)
    wanted = services.Wanted(
        code=_code(asked),
        credit=_credit(asked),
        description=_description(asked),
        active=documents.flag(asked, "active"),
        cap=documents.count(asked, "max_redemptions", most=vouchers.MOST_REDEMPTIONS),
    )
    shown = services.issue(wanted=wanted, actor=str(request.user), request=request)
    return documents.answer(_voucher(shown))


def _list(request: HttpRequest) -> HttpResponse:
    """Newest first, without those that were revoked. Codes are spelled out to somebody who proved
    lately who they are; else only their end is."""
    found = services.listed(
        actor=str(request.user), spelled_out=is_recent(request), request=request
    )
    return documents.answer([_voucher(each) for each in found])


def _revoke(request: HttpRequest, code: str) -> HttpResponse:
    services.revoke(code=Secret(code), actor=str(request.user), request=request)
    return documents.answer({"ok": True})


def _preview(request: HttpRequest) -> HttpResponseBase:
    verdict = tries.of_preview(request)
    if not verdict.allowed:
        return refuse(request, verdict)
    try:
        answer = documents.answer(_seen(_code(documents.read(request))))
    except Problem as problem:
        answer = refused(request, problem)
    return with_headers(answer, verdict)


def _seen(code: Secret) -> Document:
    """Raises the VoucherProblem of a code that cannot be redeemed now."""
    seen = vouchers.preview(code=code)
    if seen.problem is not None:
        raise seen.problem
    assert seen.credit is not None and seen.voucher_id is not None
    return {
        "code": code.reveal(),
        **_amount(seen.credit),
        "description": description.of(voucher_id=seen.voucher_id),
        "active": True,
        "accepting_redemptions": True,
    }


def _balance(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    found = services.balance(user=request.user)
    entries: list[Document] = [
        {
            "id": each.id,
            "amount_omr": documents.major(each.amount),
            "amount_baisa": each.amount.minor,
            "reason": each.reason,
            "order_id": each.order,
            "created_at": each.at,
        }
        for each in found.entries
    ]
    credit = found.credit
    told = {"credit_omr": documents.major(credit), "credit_baisa": credit.minor}
    return documents.answer({**told, "entries": entries})


def _voucher(shown: services.Shown) -> Document:
    voucher = shown.voucher
    cap = voucher.max_redemptions
    return {
        "code": shown.code,
        **_amount(voucher.credit),
        "description": voucher.label,
        "active": shown.is_active,
        "max_redemptions": 0 if cap == vouchers.MOST_REDEMPTIONS else cap,
        "times_redeemed": voucher.redeemed,
        "created_at": voucher.created_at,
    }


def _amount(money: Money) -> Document:
    """The earlier system knew rials only; in another currency `credit_omr` says nothing."""
    omr: int | Decimal | None = documents.major(money) if money.currency == "OMR" else None
    return {"credit_omr": omr, "credit_minor": money.minor, "currency": money.currency}


def _code(asked: Document) -> Secret:
    code = documents.text(asked, "code", longest=LONGEST_CODE)
    if not code:
        raise BadField("Send the code.", field="code")
    return Secret(code)


def _credit(asked: Document) -> Money | None:
    if asked.get("credit_omr") is None:
        return None
    credit = documents.money(asked["credit_omr"], "OMR", field="credit_omr")
    if credit.minor <= 0:
        raise BadField("A voucher is worth more than nothing.", field="credit_omr")
    return credit


def _description(asked: Document) -> str | None:
    if asked.get("description") is None:
        return None
    return documents.text(asked, "description", longest=services.LONGEST_DESCRIPTION)


issue = by_method("voucher.manage", POST=_issue)
listed = by_method("voucher.manage", GET=_list)
revoke = by_method("voucher.manage", DELETE=_revoke)
revoke.path_is_secret = True  # type: ignore[attr-defined]  # the log has the route in its place
promos = by_method("voucher.manage", GET=_list, POST=_issue)
preview = by_method("anyone", POST=_preview)
preview.__qualname__ = "redeem_preview"
balance = by_method("signed-in", GET=_balance)
