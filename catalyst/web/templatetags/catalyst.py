"""Template tags every page may use: icons, pills, form fields, times. Tags draw, never decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalyst.language import figures, things
from catalyst.language.words import lazy

register = template.Library()

# Icons that point along the line: on a page from right to left they point the other way.
TURNING = frozenset({"arrow-left", "arrow-right", "chevron-right", "external-link", "log-out"})

# word → (tone, icon): every state the apps show. An unknown word is drawn quietly.
STATES = {
    "pending": ("quiet", "circle-dashed"),
    "queued": ("quiet", "circle-dashed"),
    "running": ("info", "play"),
    "provisioning": ("info", "play"),
    "waiting": ("warning", "hourglass"),
    "done": ("success", "check"),
    "ready": ("success", "circle-check"),
    "active": ("success", "circle-check"),
    "redeemed": ("success", "check"),
    "available": ("success", "check"),
    "reserved": ("info", "clock"),
    "failed": ("error", "circle-x"),
    "cancelling": ("warning", "hourglass"),
    "cancelled": ("quiet", "ban"),
    "destroying": ("error", "trash-2"),
    "destroyed": ("quiet", "ban"),
    "revoked": ("error", "x"),
    "expired": ("quiet", "clock"),
    "released": ("quiet", "circle"),
}


register.filter("duration", figures.duration)
register.simple_tag(figures.money, name="money")


@register.filter
def ago(moment: datetime | None) -> str:
    """`<time>` with "3 min ago" in it and the absolute time on hover; the browser keeps it true."""
    if moment is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        moment.isoformat(),
        moment.strftime("%Y-%m-%d %H:%M:%S UTC"),
        figures.ago(moment),
    )


register.filter("listed", things.listed)


@register.simple_tag
def icon(name: str) -> SafeString:
    """One icon of the sprite. Decoration: a word stands beside it, or the button has a label."""
    return format_html(
        '<svg class="icon{}" fill="none" stroke="currentColor" stroke-linecap="round" '
        'stroke-linejoin="round" aria-hidden="true"><use href="{}#{}"></use></svg>',
        " turns" if name in TURNING else "",
        static("icons.svg"),
        name,
    )


# What an unnamed state is called: the apps' own words come as `word`.
WORDS = {
    "pending": lazy("Pending"),
    "queued": lazy("Queued"),
    "running": lazy("Running"),
    "provisioning": lazy("Provisioning"),
    "waiting": lazy("Waiting"),
    "done": lazy("Done"),
    "ready": lazy("Ready"),
    "active": lazy("Active"),
    "paused": lazy("Paused"),
    "redeemed": lazy("Redeemed"),
    "available": lazy("Available"),
    "reserved": lazy("Reserved"),
    "failed": lazy("Failed"),
    "cancelling": lazy("Cancelling"),
    "cancelled": lazy("Cancelled"),
    "destroying": lazy("Destroying"),
    "destroyed": lazy("Destroyed"),
    "revoked": lazy("Revoked"),
    "expired": lazy("Expired"),
    "released": lazy("Released"),
}


@register.filter
def state_word(state: str) -> str:
    """A state inside a sentence: `done`, `failed`."""
    return str(_word(state)).lower()


def _word(state: str) -> str:
    return WORDS.get(state) or state.replace("-", " ").capitalize()


@register.inclusion_tag("catalyst/_pill.html")
def pill(state: str, word: str = "") -> dict[str, str]:
    """A state as icon, colour and word."""
    tone, name = STATES.get(state, ("quiet", "circle"))
    return {"tone": tone, "name": name, "word": word or _word(state)}


@register.inclusion_tag("catalyst/_empty.html")
def empty(name: str, title: str, text: str, url: str = "", action: str = "") -> dict[str, str]:
    """An empty list that explains the thing and offers the first action."""
    return {"name": name, "title": title, "text": text, "url": url, "action": action}


@register.simple_tag
def copy(text: str, label: str = lazy("Copy")) -> SafeString:
    """A button that copies `text`; not there without JavaScript."""
    return format_html(
        '<button type="button" class="copy" data-copy="{}" data-needs-script>{}'
        '<span data-copy-label aria-live="polite">{}</span></button>',
        text,
        icon("copy"),
        label,
    )


@register.inclusion_tag("catalyst/_field.html")
def field(bound: BoundField, **attributes: Any) -> dict[str, Any]:
    """A form field with label, help, error and the value typed.

    Extra attributes go to the control: underscores become hyphens (`hx_get=…`). Values of password
    fields are never written into the page unless the widget says `render_value`.
    """
    widget = bound.field.widget
    kind = _kind(widget)
    shown = (
        "" if kind == "password" and not getattr(widget, "render_value", False) else bound.value()
    )
    own = {**widget.attrs, **{name.replace("_", "-"): worth for name, worth in attributes.items()}}
    described = [f"{bound.id_for_label}-help"] if bound.help_text else []
    described += [f"{bound.id_for_label}-error"] if bound.errors else []
    if extra := own.pop("aria-describedby", ""):
        described.append(extra)
    return {
        "id": bound.id_for_label,
        "name": bound.html_name,
        "kind": kind,
        "label": bound.label,
        "help": bound.help_text,
        "value": "" if shown is None else shown,
        "checked": bool(shown),
        "options": _options(bound) if kind == "select" else [],
        "errors": bound.errors,
        "required": bound.field.required,
        "described_by": " ".join(described),
        "attributes": [(name, worth) for name, worth in own.items() if worth not in (None, False)],
    }


def _kind(widget: forms.Widget) -> str:
    if isinstance(widget, forms.Textarea):
        return "textarea"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.Select):
        return "select"
    return str(getattr(widget, "input_type", None) or "text")


def _options(bound: BoundField) -> list[dict[str, Any]]:
    chosen = str(bound.value() if bound.value() is not None else "")
    widget = bound.field.widget
    assert isinstance(widget, forms.Select)
    return [
        {"value": value, "label": label, "selected": str(value) == chosen}
        for value, label in widget.choices
    ]
