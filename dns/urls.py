"""Routes of names: the operators' pages and the door for certificates."""

from django.urls import include, path

from dns.acme import views as acme
from dns.backoffice import urls as backoffice

urlpatterns = [
    path("domains/", include(backoffice)),
    path("acme/update", acme.update, name="acme-update"),
]
