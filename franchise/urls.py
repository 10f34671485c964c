"""Routes of the franchise, gathered from its rooms."""

from django.urls import include, path

ROOMS = (
    "backoffice", "billing", "catalog", "ledger", "mails", "organizations", "redeem", "vouchers",
)  # fmt: skip
urlpatterns = [path("", include(f"franchise.{room}.urls")) for room in ROOMS]
