"""Routes of this room."""

from django.urls import path

from franchise.catalog import views

urlpatterns = [
    path("backoffice/catalog/", views.shelf, name="catalog"),
    path("backoffice/catalog/<str:shelf>/", views.shelf, name="catalog-shelf"),
    path("backoffice/catalog/<str:shelf>/new/", views.new, name="catalog-new"),
    path("backoffice/catalog/<str:shelf>/<str:good>/", views.good, name="catalog-good"),
    path("backoffice/catalog/<str:shelf>/<str:good>/sale", views.sale, name="catalog-sale"),
]
