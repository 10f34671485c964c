"""Routes of this room."""

from django.urls import include, path

from franchise.backoffice import views

urlpatterns = [
    path("", include("franchise.backoffice.organizations.urls")),
    path("backoffice/", views.home, name="backoffice"),
    path("backoffice/filters/", views.keep_filter, name="backoffice-filter-keep"),
    path(
        "backoffice/filters/<int:filter_id>/forget/",
        views.forget_filter,
        name="backoffice-filter-forget",
    ),
    path("backoffice/team/", views.team, name="backoffice-team"),
]
