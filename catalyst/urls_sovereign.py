"""Routes inside a Sovereign: the franchise, nothing that provisions."""

from django.urls import include, path
from django.views.generic import RedirectView

from catalyst.identity.permissions import names
from catalyst.identity.routes import closed

urlpatterns = closed(
    [
        path("", names("anyone")(RedirectView.as_view(url="/redeem"))),
        path("", include("catalyst.urls")),
        path("", include("franchise.urls")),
    ]
)
handler404 = "catalyst.web.errors.not_found"
handler500 = "catalyst.web.errors.server_error"
