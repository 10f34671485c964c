"""Rows of this room, gathered from its sub-rooms."""

from franchise.billing.cards.models import CardAccount
from franchise.billing.invoices.models import CreditNote, Invoice, NumberSeries
from franchise.billing.orders.models import Order, OrderEvent, OrderLine, Refund
from franchise.billing.revenue.models import Movement
from franchise.billing.settings.models import BillingSecret, BillingSettings
from franchise.billing.subscriptions.models import Subscription
from franchise.billing.taxes.models import TaxRate
from franchise.billing.webhooks.models import WebhookEvent

__all__ = [
    "BillingSecret", "BillingSettings", "CardAccount", "CreditNote", "Invoice", "Movement",
    "NumberSeries", "Order", "OrderEvent", "OrderLine", "Refund", "Subscription", "TaxRate",
    "WebhookEvent",
]  # fmt: skip
