"""What tests of the sellers' pages send and look for."""

from __future__ import annotations

import re
from html import unescape

from franchise.vouchers.models import Campaign

RULES = {
    "name": "Spring <fair>",
    "amount": "12.5",
    "currency": "OMR",
    "starts_on": "",
    "ends_on": "2099-12-31",
    "max_redemptions": "50",
    "budget": "625",
    "per_organization": "1",
    "per_person": "2",
    "per_email_domain": "",
    "credit_expires_days": "90",
    "minimum_order": "",
    "plans": "m, l",
    "first_order_only-shown": "1",
}


def path(campaign: Campaign, rest: str = "") -> str:
    return f"/vouchers/campaigns/{campaign.pk}/{rest}"


def form_of(html: str, action: str) -> dict[str, str]:
    """What a browser sends when the form is sent as it is."""
    body = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', html, re.DOTALL)
    assert body
    sent = {}
    for tag in re.findall(r"<input[^>]*>", body[0]):
        facts = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if facts["type"] != "checkbox" or " checked" in tag:
            sent[facts["name"]] = unescape(facts.get("value", ""))
    selects = re.findall(r'<select[^>]*name="(\w+)".*?>(.*?)</select>', body[0], re.DOTALL)
    for name, options in selects:
        chosen = re.search(r'value="(\w+)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


def beside(html: str, field: str) -> str:
    text = re.search(rf'id="id_{field}-error">(.*?)</p>', html, re.DOTALL)
    assert text, f"nothing beside {field}"
    return text[1]
