"""`/billing/vouchers/*` and `/billing/admin/promos` (spec franchise §2.7), and their old faults."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.test import Client

from catalyst.identity import step_up
from catalyst.models import AuditEvent
from franchise.vouchers.models import Campaign, VoucherCode

pytestmark = pytest.mark.django_db
CODE = "OMANTEL-LAUNCH-100"
ISSUE, LIST = "/billing/vouchers/issue", "/billing/vouchers/list"
PREVIEW, REVOKE = "/billing/vouchers/redeem-preview", "/billing/vouchers/revoke/"


def test_given_a_document_when_issued_then_the_record_comes_back_and_is_in_the_audit(send) -> None:
    answer = send("POST", ISSUE, code=" omantel-launch-100 ", credit_omr=100,
                  description="Launch", active=True, max_redemptions=50)  # fmt: skip
    assert answer.status_code == 200
    told = answer.json()
    assert told.pop("created_at").endswith("Z")
    assert told == {
        "code": CODE, "credit_omr": 100, "credit_minor": 100_000, "currency": "OMR",
        "description": "Launch", "active": True, "max_redemptions": 50, "times_redeemed": 0,
    }  # fmt: skip
    assert AuditEvent.objects.filter(act="franchise.voucher-issue").count() == 1


def test_w07_given_active_left_out_when_issued_then_active_and_no_cap_is_said_as_zero(send) -> None:
    told = send("POST", ISSUE, code=CODE, credit_omr=12.345).json()
    assert (told["active"], told["max_redemptions"], told["credit_omr"]) == (True, 0, 12.345)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("max_redemptions", {"max_redemptions": -1}),  # w07: was "unlimited"
        ("max_redemptions", {"max_redemptions": 2**31}),
        ("max_redemptions", {"max_redemptions": True}),
        ("credit_omr", {"credit_omr": 0}),
        ("credit_omr", {"credit_omr": -5}),
        ("credit_omr", {"credit_omr": 10**16}),
        ("credit_omr", {"credit_omr": 1.0001}),
        ("credit_omr", {"credit_omr": None}),
        ("active", {"active": "yes"}),
        ("code", {"code": "   "}),
        ("code", {"code": "short"}),
        ("code", {"code": "x" * 65}),
        ("code", {"code": 7}),
        ("code", {"code": "NUL\0NUL\0NUL"}),
        ("description", {"description": "x" * 81}),
    ],
)
def test_w07_given_a_senseless_value_when_issued_then_400_names_the_field(
    send, field: str, change: dict[str, Any]
) -> None:
    answer = send("POST", ISSUE, **{"code": CODE, "credit_omr": 5, **change})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["field"] == field
    assert not VoucherCode.objects.exists()


def test_w07_given_more_credit_than_a_campaign_may_give_when_issued_then_400(send) -> None:
    answer = send("POST", ISSUE, code=CODE, credit_omr=10**12)
    assert answer.status_code == 400
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 30_000])
def test_given_no_json_object_when_issued_then_400(admin: Client, body: bytes) -> None:
    answer = admin.generic("POST", ISSUE, body, "application/json")
    assert (answer.status_code, answer.json()["type"]) == (400, "malformed")


def test_w06_given_the_earlier_form_when_it_edits_then_cap_and_use_stay(send) -> None:
    send("POST", ISSUE, code=CODE, credit_omr=100, max_redemptions=50, description="Launch")
    answer = send("POST", ISSUE, code=CODE, credit_omr=100, max_redemptions=0, active=True)
    assert answer.json()["max_redemptions"] == 50
    assert answer.json()["description"] == "Launch"
    send("POST", ISSUE, code=CODE, max_redemptions=60)
    voucher = VoucherCode.objects.get()
    assert (voucher.max_redemptions, voucher.label) == (60, "Launch")


def test_w06_given_a_revoked_code_when_issued_again_then_refused_and_it_stays_so(send) -> None:
    send("POST", ISSUE, code=CODE, credit_omr=100)
    send("DELETE", REVOKE + CODE)
    answer = send("POST", ISSUE, code=CODE, credit_omr=100, active=True)
    assert answer.status_code == 409
    assert VoucherCode.objects.get().status == "revoked"


def test_proof_07_given_a_redeemed_code_when_its_credit_is_edited_then_409_and_it_stays(
    send,
) -> None:
    send("POST", ISSUE, code=CODE, credit_omr=100)
    assert send("POST", ISSUE, code=CODE, credit_omr=90).json()["credit_omr"] == 90
    Campaign.objects.update(redeemed=1, spent_minor=90_000)
    VoucherCode.objects.update(redeemed=1)
    assert send("POST", ISSUE, code=CODE, credit_omr=1).status_code == 409
    assert Campaign.objects.get().credit_minor == 90_000


def test_given_active_false_when_sent_then_paused_and_true_resumes(send) -> None:
    send("POST", ISSUE, code=CODE, credit_omr=5, active=False)
    assert send("POST", PREVIEW, code=CODE).status_code == 410
    send("POST", ISSUE, code=CODE, active=True)
    assert send("POST", PREVIEW, code=CODE).status_code == 200


def test_w01_given_nobody_logged_in_when_previewed_then_200_with_all_fields(send) -> None:
    send("POST", ISSUE, code=CODE, credit_omr=12.5, description="For new customers")
    strict = Client(enforce_csrf_checks=True)  # and no token either: there is nothing to forge
    answer = send("POST", PREVIEW, strict, code="omantel launch 100")
    assert answer.status_code == 200
    assert answer.json() == {
        "code": "omantel launch 100", "credit_omr": 12.5, "credit_minor": 12_500,
        "currency": "OMR", "description": "For new customers", "active": True,
        "accepting_redemptions": True,
    }  # fmt: skip
    assert b'"credit_omr": 12.500,' in answer.content


def test_given_a_sellers_note_when_previewed_then_it_stays_theirs(send, issue) -> None:
    issued = issue(label="for the difficult customer")
    answer = send("POST", PREVIEW, Client(), code=issued.code.reveal())
    assert answer.json()["description"] == ""
    assert "difficult" not in answer.text


def test_given_an_empty_code_when_previewed_then_400(send) -> None:
    assert send("POST", PREVIEW, Client(), code=" ").status_code == 400


def test_given_vouchers_when_listed_then_newest_first_without_revoked_ones(send) -> None:
    for code in ("FIRST-CODE-1", "SECOND-CODE-2", "THIRD-CODE-3"):
        send("POST", ISSUE, code=code, credit_omr=5)
    send("DELETE", REVOKE + "second-code-2")
    assert [one["code"] for one in send("GET", LIST).json()] == ["THIRD-CODE-3", "FIRST-CODE-1"]
    assert AuditEvent.objects.filter(act="franchise.voucher-list-codes").count() == 1


def test_given_an_old_proof_when_listed_then_only_the_ends_of_codes_and_no_issue(
    send, admin: Client
) -> None:
    send("POST", ISSUE, code=CODE, credit_omr=5)
    session = admin.session
    del session[step_up.PROVED_AT]
    session.save()
    answer = send("GET", LIST)
    assert answer.json()[0]["code"].endswith("H100")
    assert CODE not in answer.text
    refused = send("POST", ISSUE, code="ANOTHER-ONE-1", credit_omr=5)
    assert (refused.status_code, refused.json()["type"]) == (401, "step-up-required")


def test_given_a_code_when_revoked_twice_then_ok_and_then_404(send) -> None:
    send("POST", ISSUE, code=CODE, credit_omr=5)
    first, second = send("DELETE", REVOKE + CODE), send("DELETE", REVOKE + CODE)
    assert (first.status_code, first.json()) == (200, {"ok": True})
    assert (second.status_code, second.json()["type"]) == (404, "voucher-unknown")


def test_given_a_code_in_the_address_when_revoked_or_refused_then_the_log_does_not_have_it(
    send, log_in, caplog
) -> None:
    send("POST", ISSUE, code=CODE, credit_omr=5)
    with caplog.at_level(logging.DEBUG):
        send("DELETE", REVOKE + CODE, Client())
        send("DELETE", REVOKE + CODE, log_in("member"))
        send("DELETE", REVOKE + CODE)
    assert "vouchers/revoke/<path:code>" in caplog.text
    assert CODE not in caplog.text


@pytest.mark.parametrize(
    "typed", ["%2F", "..%2F..%2Fetc", "%00", "%F0%9F%8E%81", "%C4%B1%C4%B1", "%EF%BB%BF", "a" * 300]
)
def test_proof_09_given_an_odd_code_in_the_address_when_revoked_then_404(send, typed: str) -> None:
    answer = send("DELETE", REVOKE + typed)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "typed",
    ["omantel-launch-100", "ＯＭＡＮＴＥＬ－ＬＡＵＮＣＨ－１００", "oman\u200dtel launch 100",
     "OMANTEL\u2011LAUNCH\u2011100", "\ufeffOMANTEL LAUNCH 1OO"],
)  # fmt: skip
def test_w08_proof_09_given_a_code_typed_in_any_way_when_previewed_and_revoked_then_the_same_code(
    send, typed: str
) -> None:
    send("POST", ISSUE, code=CODE, credit_omr=5)
    assert send("POST", PREVIEW, code=typed).status_code == 200
    assert send("DELETE", REVOKE + typed).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/billing/admin/promos"), ("GET", "/billing/admin/promos"),
     ("DELETE", f"/billing/admin/promos/{CODE}"), ("POST", f"/api{ISSUE}"),
     ("GET", f"/api{LIST}"), ("DELETE", f"/api{REVOKE}{CODE}"), ("POST", f"/api{PREVIEW}"),
     ("GET", "/api/billing/balance")],
)  # fmt: skip
@pytest.mark.parametrize("role", ["zero", "sovereign"])
def test_given_the_other_addresses_when_asked_then_the_same_in_both_roles(
    send, settings, role: str, method: str, path: str
) -> None:
    settings.ROOT_URLCONF = f"catalyst.urls_{role}"
    send("POST", ISSUE, code=CODE, credit_omr=5)
    document = {"code": CODE, "credit_omr": 5} if method == "POST" else {}
    assert send(method, path, **document).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ISSUE), ("GET", LIST), ("DELETE", REVOKE + CODE), ("GET", "/billing/admin/promos")],
)
def test_given_somebody_else_when_asking_then_401_or_403_as_problem(
    send, log_in, method: str, path: str
) -> None:
    for client, status in ((Client(), 401), (log_in("member"), 403)):
        answer = send(method, path, client)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_given_another_method_when_asked_then_405_says_which(send) -> None:
    answer = send("PUT", ISSUE, code=CODE)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_given_a_body_that_is_too_large_when_sent_then_413(admin: Client) -> None:
    body = json.dumps({"code": "x" * 70_000}).encode()
    assert admin.generic("POST", ISSUE, body, "application/json").status_code == 413
