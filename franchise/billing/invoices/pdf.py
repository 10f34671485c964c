"""An invoice or a credit note as A4 pages, from its snapshot alone: the same bytes every time.

Arabic is laid out from right to left: columns, sides and lines; figures stay left to right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from franchise.billing.invoices.words import tax_line, words_of
from franchise.money import Money
from franchise.paper import BODY, paper

if TYPE_CHECKING:
    from fpdf import FPDF

LEFT, WIDTH, LINE = 18.0, 174.0, 6.5
BOTTOM = 275.0
COLUMNS = (84.0, 22.0, 34.0, 34.0)


class _Sheet:
    """Draws in reading order; `start` is the side at which a line begins."""

    def __init__(self, pdf: FPDF, language: str) -> None:
        self.pdf, self.language = pdf, language
        self.words = words_of(language)
        self.rtl = language == "ar"
        self.start, self.end = ("R", "L") if self.rtl else ("L", "R")

    def text(self, words: str, *, size: float = 9.5, bold: bool = False, align: str = "") -> None:
        """A paragraph over the whole width."""
        self._font(size, bold)
        self.pdf.set_x(LEFT)
        self._room(LINE)
        self.pdf.multi_cell(
            WIDTH, size * 0.55, words, align=align or self.start, new_x="LMARGIN", new_y="NEXT"
        )

    def row(
        self,
        cells: Sequence[str],
        widths: Sequence[float],
        *,
        bold: bool = False,
        rule: bool = False,
    ) -> None:
        """Cells beside each other; the first stands at the start, the others at the end."""
        self._room(LINE)
        self._font(9.5, bold)
        top, at = self.pdf.get_y(), LEFT + (WIDTH if self.rtl else 0)
        for index, (words, width) in enumerate(zip(cells, widths, strict=True)):
            at = at - width if self.rtl else at
            self.pdf.set_xy(at, top)
            align = self.end if index else self.start
            self.pdf.cell(width, LINE, self._fit(words, width), align=align)
            at = at if self.rtl else at + width
        if rule:
            self.pdf.line(LEFT, top + LINE, LEFT + WIDTH, top + LINE)
        self.pdf.set_xy(LEFT, top + LINE)

    def gap(self, height: float = 4.0) -> None:
        self.pdf.set_y(self.pdf.get_y() + height)

    def _font(self, size: float, bold: bool) -> None:
        self.pdf.set_font(BODY, "B" if bold else "", size)

    def _fit(self, words: str, width: float) -> str:
        """Cut so that it stays in its cell."""
        if self.pdf.get_string_width(words) <= width - 2:
            return words
        while words and self.pdf.get_string_width(f"{words}…") > width - 2:
            words = words[:-1]
        return f"{words}…"

    def _room(self, height: float) -> None:
        if self.pdf.get_y() + height > BOTTOM:
            self.pdf.add_page()


def draw(snapshot: dict[str, Any], *, language: str = "en") -> bytes:
    """The PDF of a snapshot, in `en` or `ar`."""
    pdf = paper()
    issued = datetime.fromisoformat(snapshot["issued_on"]).replace(tzinfo=UTC)
    pdf.set_creation_date(issued)
    pdf.set_title(snapshot["number"])
    pdf.set_lang(language)
    pdf.set_margins(LEFT, 16)
    pdf.add_page()
    sheet = _Sheet(pdf, language)
    sheet.text(sheet.words[snapshot["kind"]], size=18, bold=True)
    sheet.gap()
    _heads(sheet, snapshot)
    if "lines" in snapshot:
        _lines(sheet, snapshot)
    _sums(sheet, snapshot)
    return bytes(pdf.output())


def _heads(sheet: _Sheet, snapshot: dict[str, Any]) -> None:
    words, seller, buyer = sheet.words, snapshot["seller"], snapshot["buyer"]
    said = [
        (words["number"], snapshot["number"]),
        (words["issued_on"], snapshot["issued_on"]),
        (words["of_invoice"], snapshot.get("invoice", "")),
        (words["order"], snapshot["order"]),
        (words["seller"], seller["name"]),
        *(("", line) for line in seller["address"].splitlines()),
        (words["tax_number"], seller["tax_number"]),
        (words["buyer"], buyer["name"]),
        ("", buyer["email"]),
        (words["period"], _period(snapshot.get("period"))),
        (words["reason"], snapshot.get("reason", "")),
    ]
    for name, value in said:
        if value:
            sheet.pdf.set_x(LEFT)
            sheet.row((name, value), (44.0, WIDTH - 44.0), bold=False)
    sheet.gap()


def _lines(sheet: _Sheet, snapshot: dict[str, Any]) -> None:
    words, currency = sheet.words, snapshot["currency"]
    heads = (words["item"], words["quantity"], words["unit"], words["sum"])
    sheet.row(heads, COLUMNS, bold=True, rule=True)
    for line in snapshot["lines"]:
        name = line["name_ar"] if sheet.language == "ar" and line["name_ar"] else line["name"]
        unit, total = Money(line["unit_minor"], currency), Money(line["total_minor"], currency)
        sheet.row((name, str(line["quantity"]), str(unit), str(total)), COLUMNS)
    sheet.gap(2)


def _sums(sheet: _Sheet, snapshot: dict[str, Any]) -> None:
    words, tax = sheet.words, snapshot["tax"]
    paid, back = snapshot.get("paid", {}), snapshot.get("given_back", {})
    sums = [
        (words["net"], snapshot["net_minor"], False),
        (tax_line(tax, sheet.language), snapshot["tax_minor"], False),
        (words["total"], snapshot["total_minor"], True),
        (words["by_credit"], paid.get("credit_minor"), False),
        (words["by_card"], paid.get("card_minor"), False),
        (words["rounding"], paid.get("rounding_minor"), False),
        (words["back_credit"], back.get("credit_minor"), False),
        (words["back_card"], back.get("card_minor"), False),
    ]
    for name, minor, bold in sums:
        if minor or bold or name == words["net"]:
            amount = str(Money(minor or 0, snapshot["currency"]))
            sheet.row((name, amount), (WIDTH - 44.0, 44.0), bold=bold)
    if tax["name"] and "lines" in snapshot:
        sheet.gap()
        sheet.text(words["included" if tax["included"] else "excluded"], size=8.5)


def _period(period: dict[str, str] | None) -> str:
    return f"{period['start']} – {period['end']}" if period else ""
