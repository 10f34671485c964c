"""Plays Stripe: the part of its HTTP API that takes a payment by card, and its webhooks.

It plays one version, 2026-10-28.endive, whichever is asked for.
Written from Stripe's public documentation and judged by Stripe's own library (tests/contract/
stripe). What the documentation leaves open is marked "unsure" where it is decided. No app is
imported here and none imports this.
"""
