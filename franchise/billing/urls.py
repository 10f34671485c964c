"""Routes of this room."""

from django.urls import include, path

from franchise.billing.customers import views as customers
from franchise.billing.invoices import views as invoices
from franchise.billing.orders import views as orders
from franchise.billing.revenue import views as revenue
from franchise.billing.settings import views as settings

MINE = "organizations/<slug:organization>/billing"
ORDER = "backoffice/orders/<int:order_id>"
KEY = "backoffice/billing/keys/<slug:billing_key>"

urlpatterns = [
    path("", include("franchise.billing.webhooks.urls")),
    path("backoffice/revenue/", revenue.revenue, name="backoffice-revenue"),
    path("backoffice/orders/", orders.listed, name="backoffice-orders"),
    path(f"{ORDER}/", orders.detail, name="backoffice-order"),
    path(f"{ORDER}/refund", orders.refund, name="backoffice-order-refund"),
    path(f"{ORDER}/cancel", orders.cancel, name="backoffice-order-cancel"),
    path("backoffice/invoices/", invoices.listed, name="backoffice-invoices"),
    path(
        "backoffice/invoices/<slug:document_number>.pdf", invoices.file, name="backoffice-invoice"
    ),
    path("backoffice/billing/", settings.billing, name="backoffice-billing"),
    path(f"{KEY}/remove", settings.remove_key, name="backoffice-billing-key-remove"),
    path("backoffice/billing/taxes", settings.add_rate, name="backoffice-tax-add"),
    path(
        "backoffice/billing/taxes/<int:tax_rate_id>/remove", settings.remove_rate,
        name="backoffice-tax-remove",
    ),
    path(f"{MINE}/", customers.billing, name="organization-billing"),
    path(
        f"{MINE}/invoices/<slug:document_number>.pdf", customers.file, name="organization-invoice"
    ),
    path(
        f"{MINE}/subscriptions/<int:subscription_id>/end", customers.end,
        name="organization-subscription-end",
    ),
    path(
        f"{MINE}/subscriptions/<int:subscription_id>/pay", customers.pay,
        name="organization-subscription-pay",
    ),
    path(
        f"{MINE}/orders/<slug:order_number>/cancel", customers.cancel,
        name="organization-order-cancel",
    ),
]  # fmt: skip
