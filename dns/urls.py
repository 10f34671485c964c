"""Routes of names: the operators' pages, people's own domains, and the door for certificates."""

from django.urls import include, path

from dns.acme import views as acme
from dns.backoffice import urls as backoffice
from dns.byo import urls as byo

urlpatterns = [
    path("domains/", include(backoffice)),
    path("own-domains/", include(byo)),
    path("acme/update", acme.update, name="acme-update"),
]
