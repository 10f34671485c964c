"""Routes of this room."""

from django.urls import path

from franchise.backoffice import views

urlpatterns = [
    path("backoffice/", views.home, name="backoffice"),
]
