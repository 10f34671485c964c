"""Figures of the shop's pages, as people read them. Filters draw, never decide."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def gigabytes(mebibytes: int) -> str:
    """4096 → 4."""
    return f"{mebibytes / 1024:g}"


@register.filter
def percent(basis_points: int) -> str:
    """1000 → 10."""
    return f"{basis_points / 100:g}"
