"""Routes of the inbox."""

from django.urls import path

from franchise.billing.webhooks import views

urlpatterns = [
    path("billing/webhook", views.webhook, name="billing-webhook"),
]
