"""Routes of this room."""

from django.urls import include, path

urlpatterns = [path("", include("franchise.billing.webhooks.urls"))]
