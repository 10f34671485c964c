"""Roles within an Organization. Not one ladder: billing and security stand beside developer."""

from __future__ import annotations

from django.db import models

from catalyst.language.words import lazy


class MemberRole(models.TextChoices):
    """The same words as the groups `/orgs/<slug>/<role>` (spec franchise §8)."""

    OWNER = "owner", lazy("Owner")
    ADMIN = "admin", lazy("Admin")
    DEVELOPER = "developer", lazy("Developer")
    VIEWER = "viewer", lazy("Viewer")
    BILLING = "billing", lazy("Billing")
    SECURITY = "security", lazy("Security")


_O, _A, _D = MemberRole.OWNER, MemberRole.ADMIN, MemberRole.DEVELOPER
_V, _B, _S = MemberRole.VIEWER, MemberRole.BILLING, MemberRole.SECURITY
# Role → whose rights it has.
STANDS_FOR: dict[str, frozenset[str]] = {
    _O: frozenset({_O, _A, _D, _V, _B, _S}),
    _A: frozenset({_A, _D, _V, _B, _S}),
    _D: frozenset({_D, _V}),
    _B: frozenset({_B, _V}),
    _S: frozenset({_S, _V}),
    _V: frozenset({_V}),
}


def may(role: str, at_least: str) -> bool:
    """Has `role` the rights of `at_least`?"""
    return at_least in STANDS_FOR[role]


def may_give(role: str, given: str) -> bool:
    """May somebody of `role` give `given` to somebody, or take it away? Owners make owners."""
    return may(role, MemberRole.ADMIN) and given in STANDS_FOR[role]
