"""Routes of this room."""

from django.urls import path

from franchise.applications import views

urlpatterns = [
    path("hooks/gitea", views.pushed, name="gitea-hook"),
]
