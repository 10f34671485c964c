"""Routes of Catalyst-Zero: provisioning under `/sovereign`, names, the franchisor's franchise."""

from django.urls import include, path
from django.views.generic import RedirectView

from catalyst.api.root import mounted
from catalyst.identity.permissions import names
from catalyst.identity.routes import closed

urlpatterns = closed(
    [
        path("", names("anyone")(RedirectView.as_view(url="/home/"))),
        path("", include("catalyst.urls")),
        path("api/v1/", mounted("api")),
        # The specification's clients look for it there: their ingress takes the prefix off.
        path("sovereign/api/v1/", mounted("sovereign-api")),
        # The plan's names for the pool-domain-manager: /v1/reserve, /v1/commit, /v1/validate.
        path("v1/", mounted("plan-api")),
        path("sovereign/", include("sovereign_wizard.urls")),
        path("", include("dns.urls")),
        path("", include("franchise.urls")),
    ]
)
handler404 = "catalyst.web.errors.not_found"
handler500 = "catalyst.web.errors.server_error"
