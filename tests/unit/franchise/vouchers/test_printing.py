"""Codes on paper: cards, their watermark, QR codes; the library's own words stay out of the log."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import translation

from catalyst.vault.secret import Secret
from franchise.vouchers import codes, printing
from franchise.vouchers.exporting import Export, Exported
from franchise.vouchers.models import Campaign, VoucherCode

URL = "https://omantel.omani.works/redeem"


def export(count: int = 3) -> Export:
    campaign = Campaign(
        name="معرض الربيع", currency="OMR", credit_minor=12_345,
        ends_at=datetime(2027, 2, 1, tzinfo=UTC),
    )  # fmt: skip
    rows = [
        Exported(VoucherCode(campaign=campaign, label="=1+1"), codes.new_code())
        for _each in range(count)
    ]
    at = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
    return Export(campaign, rows, "deadbeef", "seller@omantel.example", at)


def test_given_a_batch_when_tabled_then_every_row_says_who_took_it_and_when() -> None:
    taken = export()
    head, *rows = printing.table(taken, redeem_url=URL)
    assert len(rows) == 3
    for row, exported in zip(rows, taken.rows, strict=True):
        named = dict(zip(head, row, strict=True))
        assert named["exported"] == "seller@omantel.example · 2026-11-27 03:00 UTC · deadbeef"
        assert named["code"] == codes.grouped(exported.code)
        assert parse_qs(urlsplit(named["link"]).query) == {"code": [named["code"]]}
        assert (named["credit"], named["last_day"]) == ("OMR 12.345", "2027-01-31")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_given_a_batch_when_printed_then_an_a4_pdf_of_ten_cards_a_page(language: str) -> None:
    with translation.override(language):
        pdf = printing.sheet(export(21), redeem_url=URL)
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 3
    assert b"/MediaBox [0 0 595.28 841.89]" in pdf
    assert b"/FontFile2" in pdf


def test_given_paper_when_made_then_the_log_holds_no_letters_of_codes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        printing.sheet(export(1), redeem_url=URL)
    assert "glyph" not in caplog.text.lower()


def test_given_a_code_when_drawn_then_svg_without_the_code_in_words() -> None:
    code = codes.new_code()
    drawn = printing.qr_svg(URL, code)
    assert drawn.startswith("<svg")
    assert "style=" not in drawn and "<script" not in drawn
    assert code.reveal() not in drawn
    assert drawn != printing.qr_svg(URL, codes.new_code())


def test_given_a_chosen_code_when_linked_then_it_comes_back_whole() -> None:
    link = printing.link(URL, Secret("OMANTEL-LAUNCH-100"))
    assert parse_qs(urlsplit(link).query) == {"code": ["OMANTEL-LAUNCH-100"]}
