"""Routes of this room."""

from django.urls import path

from franchise.organizations import views

urlpatterns = [
    path("organizations/", views.organizations, name="organizations"),
]
