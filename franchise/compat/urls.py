"""The earlier system's addresses, below `/billing/` and `/api/billing/`."""

from django.urls import path

from franchise.compat import views

urlpatterns = [
    path("vouchers/issue", views.issue, name="vouchers-issue"),
    path("vouchers/list", views.listed, name="vouchers-list"),
    # `path`: a slash in what was typed is a code we do not know, not another address.
    path("vouchers/revoke/<path:code>", views.revoke, name="vouchers-revoke"),
    path("vouchers/redeem-preview", views.preview, name="redeem-preview"),
    path("admin/promos", views.promos, name="promos"),
    path("admin/promos/<path:code>", views.revoke, name="promo"),
    path("balance", views.balance, name="balance"),
]
