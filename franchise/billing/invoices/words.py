"""The words of invoices and credit notes. They belong to the document: written here, not in the
catalogue of pages' words, so that what was issued reads the same for ever."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "invoice": "Tax invoice",
    "credit-note": "Credit note",
    "number": "Number",
    "issued_on": "Date of issue",
    "order": "Order",
    "of_invoice": "For invoice",
    "seller": "From",
    "buyer": "To",
    "tax_number": "Tax number",
    "item": "Item",
    "quantity": "Quantity",
    "unit": "Unit price",
    "sum": "Amount",
    "net": "Net",
    "tax": "{name} {percent} %",
    "no_tax": "Tax",
    "total": "Total",
    "by_credit": "Paid by credit",
    "by_card": "Paid by card",
    "rounding": "Rounded in your favour",
    "period": "Period",
    "reason": "Reason",
    "included": "Prices include tax.",
    "excluded": "Tax is added to the prices.",
    "back_credit": "Given back as credit",
    "back_card": "Given back to the card",
}
ARABIC: Mapping[str, str] = {
    "invoice": "فاتورة ضريبية",
    "credit-note": "إشعار دائن",
    "number": "الرقم",
    "issued_on": "تاريخ الإصدار",
    "order": "الطلب",
    "of_invoice": "عن الفاتورة",
    "seller": "من",
    "buyer": "إلى",
    "tax_number": "الرقم الضريبي",
    "item": "البند",
    "quantity": "الكمية",
    "unit": "سعر الوحدة",
    "sum": "المبلغ",
    "net": "الصافي",
    "tax": "{name} {percent} %",
    "no_tax": "الضريبة",
    "total": "الإجمالي",
    "by_credit": "مدفوع من الرصيد",
    "by_card": "مدفوع بالبطاقة",
    "rounding": "تقريب لصالحك",
    "period": "الفترة",
    "reason": "السبب",
    "included": "الأسعار شاملة الضريبة.",
    "excluded": "تضاف الضريبة إلى الأسعار.",
    "back_credit": "أعيد رصيدًا",
    "back_card": "أعيد إلى البطاقة",
}
ARABIC_TAXES: Mapping[str, str] = {"VAT": "ضريبة القيمة المضافة"}


def words_of(language: str) -> Mapping[str, str]:
    """English for every language that has none of its own."""
    return ARABIC if language == "ar" else ENGLISH


def tax_line(tax: Mapping[str, object], language: str) -> str:
    """`VAT 5 %`, `ضريبة القيمة المضافة 5 %`."""
    words = words_of(language)
    if not tax["name"]:
        return words["no_tax"]
    name = str(tax["name"])
    percent = f"{int(str(tax['basis_points'])) / 100:g}"
    shown = ARABIC_TAXES.get(name, name) if language == "ar" else name
    return words["tax"].format(name=shown, percent=percent)
