"""Routes of names: the operator's pages and the door for certificates."""

from django.urls import path

from dns import views
from dns.acme import views as acme

urlpatterns = [
    path("domains/", views.index, name="domains"),
    path("domains/<uuid:allocation_id>/", views.detail, name="domain"),
    path("domains/<uuid:allocation_id>/check/", views.check_now, name="domain-check"),
    path("acme/update", acme.update, name="acme-update"),
]
