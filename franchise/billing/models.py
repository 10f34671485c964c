"""Rows of this room."""

from franchise.billing.cards.models import CardAccount
from franchise.billing.webhooks.models import WebhookEvent

__all__ = ["CardAccount", "WebhookEvent"]
