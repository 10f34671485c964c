"""Routes of this room."""

from django.urls import path

from franchise.site.brand import views

urlpatterns = [
    path("backoffice/brand/", views.brand, name="backoffice-brand"),
    path("brand/logo.png", views.logo, name="brand-logo"),
    path("brand/brand.css", views.css, name="brand-css"),
]
