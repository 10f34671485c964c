"""Routes of this room."""

from django.urls import path

from franchise.redeem import views

urlpatterns = [
    path("redeem", views.redeem, name="redeem"),
    path("redeem/done", views.done, name="redeem-done"),
]
