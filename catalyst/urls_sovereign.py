"""Routes inside a Sovereign: the franchise, nothing that provisions."""

from django.urls import include, path

from catalyst.identity.routes import closed

urlpatterns = closed(
    [
        path("", include("franchise.site.front_urls")),
        path("", include("catalyst.urls")),
        path("", include("franchise.urls")),
    ]
)
handler404 = "catalyst.web.errors.not_found"
handler500 = "catalyst.web.errors.server_error"
