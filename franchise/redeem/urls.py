"""Routes of this room."""

from django.urls import path

from franchise.redeem import api, views

urlpatterns = [
    path("redeem", views.redeem, name="redeem"),
    path("redeem/done", views.done, name="redeem-done"),
    path("api/redeem", api.redeem_by_program, name="redeem-api"),
    path("api/redeem/<int:redemption_id>", api.redemption_status, name="redeem-status"),
]
