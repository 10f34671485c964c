"""Invoices and credit notes on paper, judged by the text that is in the PDF."""

from __future__ import annotations

from typing import Any

import pytest

from franchise.billing.invoices.pdf import draw
from franchise.billing.invoices.words import ARABIC, ENGLISH
from tests.unit.franchise.billing.pdf_text import left_to_right, right_to_left

INVOICE: dict[str, Any] = {
    "kind": "invoice",
    "number": "INV-2026-000042",
    "issued_on": "2026-11-27",
    "currency": "OMR",
    "order": "O-7K3M9QX2TD",
    "seller": {
        "name": "Omantel", "address": "Muscat\nOman", "tax_number": "OM1100000000", "country": "OM",
    },
    "buyer": {"name": "شركة النور", "slug": "acme", "email": "fatma@acme.example"},
    "tax": {"name": "VAT", "basis_points": 500, "included": True},
    "lines": [
        {"name": "Flexi", "name_ar": "مرن", "quantity": 3, "unit_minor": 2_000,
         "total_minor": 6_000},
        {"name": "Bundle", "name_ar": "", "quantity": 1, "unit_minor": -600, "total_minor": -600},
    ],
    "paid": {"credit_minor": 3_215, "card_minor": 2_180, "rounding_minor": 5},
    "period": {"start": "2026-11-27", "end": "2026-12-27"},
    "net_minor": 5_143, "tax_minor": 257, "total_minor": 5_400,
}  # fmt: skip
NOTE = {name: value for name, value in INVOICE.items() if name not in ("lines", "paid", "period")}
NOTE |= {
    "kind": "credit-note", "number": "INV-CN-2026-000007", "invoice": "INV-2026-000042",
    "reason": "did not fit", "given_back": {"credit_minor": 0, "card_minor": 2_180},
}  # fmt: skip


def test_given_an_invoice_when_drawn_in_english_then_everything_is_on_it() -> None:
    text = left_to_right(draw(INVOICE, language="en"))
    for words in (
        "Tax invoice", "INV-2026-000042", "2026-11-27", "O-7K3M9QX2TD", "Omantel", "Muscat",
        "OM1100000000", "fatma@acme.example", "Flexi", "OMR 2.000", "OMR 6.000", "OMR -0.600",
        "OMR 5.143", "VAT 5 %", "OMR 0.257", "OMR 5.400", "OMR 3.215", "OMR 2.180",
        "Rounded in your favour", "OMR 0.005", "2026-11-27 – 2026-12-27", "Prices include tax.",
    ):  # fmt: skip
        assert words in text, words


def test_given_an_invoice_when_drawn_in_arabic_then_its_words_are_joined_from_right_to_left() -> (
    None
):
    pdf = draw(INVOICE, language="ar")
    read = right_to_left(pdf)
    for words in ("فاتورة ضريبية", "تاريخ الإصدار", "شركة النور", "مرن", "الإجمالي",
                  "تقريب لصالحك", "الأسعار شاملة الضريبة"):  # fmt: skip
        assert words in read, words
    # Figures keep their own direction.
    for figures in ("INV-2026-000042", "OMR 5.400", "fatma@acme.example"):
        assert figures in left_to_right(pdf), figures


@pytest.mark.parametrize("language", ["en", "ar"])
def test_given_a_credit_note_when_drawn_then_it_names_its_invoice(language: str) -> None:
    text = left_to_right(draw(NOTE, language=language))
    for words in ("INV-CN-2026-000007", "INV-2026-000042", "did not fit", "OMR 2.180"):
        assert words in text, words


@pytest.mark.parametrize("language", ["en", "ar"])
def test_given_one_snapshot_when_drawn_twice_then_the_same_bytes(language: str) -> None:
    assert draw(INVOICE, language=language) == draw(INVOICE, language=language)


def test_given_many_lines_and_long_names_when_drawn_then_over_pages_and_cut_to_fit() -> None:
    lines = [{**INVOICE["lines"][0], "name": f"{number} " + "x" * 300} for number in range(60)]
    pdf = draw({**INVOICE, "lines": lines})
    assert pdf.count(b"/Type /Page\n") >= 2
    text = left_to_right(pdf)
    assert "59 xx" in text and "x" * 200 not in text


def test_given_no_tax_when_drawn_then_no_rate_is_named() -> None:
    tax = {"name": "", "basis_points": 0, "included": True}
    text = left_to_right(draw({**INVOICE, "tax": tax, "tax_minor": 0}))
    assert "%" not in text and "Prices include tax" not in text


def test_given_both_languages_when_compared_then_the_same_words_are_there() -> None:
    assert set(ARABIC) == set(ENGLISH)
