"""Codes on paper: a sheet of cards with QR codes, a table, one QR. Pure: nothing is read here.

Every card carries the mark of its export, so that it survives the scissors. The QR holds the
redeem link with the code in it, as a printed card must; the page behind takes it out of the
address at once.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

import segno
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalyst.language.figures import day
from catalyst.vault.secret import Secret
from franchise.paper import BODY, MONO, paper
from franchise.vouchers.codes import grouped
from franchise.vouchers.exporting import Export, Exported

if TYPE_CHECKING:
    from fpdf import FPDF

# Millimetres of an A4 sheet: two columns of five cards.
COLUMNS, ROWS = 2, 5
MARGIN, CARD_WIDTH, CARD_HEIGHT, QR_SIZE = 10.0, 95.0, 54.0, 34.0
QUIET_ZONE = 4  # modules around a QR code (ISO/IEC 18004 §9.1)


def link(redeem_url: str, code: Secret) -> str:
    """Where one customer redeems one code. Never in a log: it goes to paper and to the seller."""
    return f"{redeem_url}?code={quote(grouped(code))}"


def qr_svg(redeem_url: str, code: Secret) -> str:
    """A QR code as SVG without XML head, to stand in a page or in a file."""
    drawn = io.BytesIO()
    segno.make(link(redeem_url, code), error="m").save(
        drawn, kind="svg", scale=4, border=QUIET_ZONE, xmldecl=False, svgclass=None,
        lineclass=None, dark="#000000", light="#ffffff", title=_("QR code of the redeem link"),
    )  # fmt: skip
    return drawn.getvalue().decode()


def table(export: Export, *, redeem_url: str) -> Iterator[list[str]]:
    """Rows for a spreadsheet, with a head; the watermark stands in each."""
    yield ["code", "link", "campaign", "credit", "last_day", "label", "email", "exported"]
    for row in export.rows:
        voucher = row.voucher
        yield [
            grouped(row.code),
            link(redeem_url, row.code),
            export.campaign.name,
            str(export.campaign.credit),
            voucher.last_day.isoformat() if voucher.last_day else "",
            voucher.label,
            voucher.bound_email or "",
            export.watermark,
        ]


def sheet(export: Export, *, redeem_url: str) -> bytes:
    """A PDF of cards, ten to a page, in the language of whoever prints it."""
    pdf = paper()
    pdf.set_author(export.by)
    pdf.set_subject(export.watermark)
    pdf.set_title(export.campaign.name)
    for number, row in enumerate(export.rows):
        place = number % (COLUMNS * ROWS)
        if place == 0:
            pdf.add_page()
            _foot(pdf, export)
        x = MARGIN + CARD_WIDTH * (place % COLUMNS)
        y = MARGIN + CARD_HEIGHT * (place // COLUMNS)
        _card(pdf, export, row, redeem_url, x, y)
    return bytes(pdf.output())


def _card(pdf: FPDF, export: Export, row: Exported, redeem_url: str, x: float, y: float) -> None:
    """QR at the end of the line, words at its beginning: mirrored in Arabic."""
    rtl = get_language() == "ar"
    pdf.set_draw_color(190)
    pdf.rect(x, y, CARD_WIDTH, CARD_HEIGHT)
    qr_x = x + 3 if rtl else x + CARD_WIDTH - QR_SIZE - 3
    _draw_qr(pdf, link(redeem_url, row.code), qr_x, y + 4)
    words = CARD_WIDTH - QR_SIZE - 10
    left = x + QR_SIZE + 6 if rtl else x + 4
    last = row.voucher.last_day
    host = redeem_url.partition("://")[2]
    lines = [
        (BODY, 9, export.campaign.name[:40]),
        (BODY, 15, str(export.campaign.credit)),
        (MONO, 11 if len(grouped(row.code)) <= 16 else 7, grouped(row.code)),
        (BODY, 8, _("Redeem it at:")),
        (MONO, 7, host),
        (BODY, 8, _("Good until %(day)s") % {"day": day(last)} if last else ""),
    ]
    pdf.set_xy(left, y + 5)
    for font, size, text in lines:
        pdf.set_font(font, size=size)
        pdf.set_x(left)
        pdf.cell(words, size * 0.55, text, align="R" if rtl else "L", new_y="NEXT")
    pdf.set_font(MONO, size=5)
    pdf.set_xy(x + 3, y + CARD_HEIGHT - 5)
    pdf.cell(CARD_WIDTH - 6, 3, export.mark, align="R" if not rtl else "L")


def _foot(pdf: FPDF, export: Export) -> None:
    pdf.set_font(BODY, size=7)
    pdf.set_xy(MARGIN, 297 - MARGIN + 2)
    pdf.cell(2 * CARD_WIDTH, 4, f"{export.watermark} · {pdf.page_no()}", align="C")


def _draw_qr(pdf: FPDF, text: str, x: float, y: float) -> None:
    """Dark runs of each line as one rectangle: a third of the file of one per module."""
    matrix = segno.make(text, error="m").matrix
    size = QR_SIZE / (len(matrix) + 2 * QUIET_ZONE)
    pdf.set_fill_color(0)
    for line, modules in enumerate(matrix, start=QUIET_ZONE):
        at = QUIET_ZONE
        for dark, run in groupby(modules):
            length = len(list(run))
            if dark:
                pdf.rect(x + at * size, y + line * size, length * size, size, style="F")
            at += length
