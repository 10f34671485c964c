"""Routes of the franchise, gathered from its rooms."""

from django.urls import include, path

ROOMS = (
    "applications", "backoffice", "billing", "catalog", "crossing", "ledger", "mails",
    "organizations", "redeem", "site", "vouchers",
)  # fmt: skip
COMPAT = "franchise.compat.urls"
urlpatterns = [
    *(path("", include(f"franchise.{room}.urls")) for room in ROOMS),
    # The earlier system's programs ask with its gateway's prefix, and without.
    path("billing/", include((COMPAT, "compat"), namespace="compat")),
    path("api/billing/", include((COMPAT, "compat"), namespace="compat-api")),
]
