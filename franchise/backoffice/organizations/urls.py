"""Routes of this room."""

from django.urls import path

from franchise.backoffice.organizations import views

ONE = "backoffice/organizations/<int:organization_id>/"

urlpatterns = [
    # The list was here before there was a back office.
    path("organizations/", views.moved, name="organizations"),
    path("backoffice/organizations/", views.listed, name="backoffice-organizations"),
    path("backoffice/organizations/bulk", views.bulk, name="backoffice-organizations-bulk"),
    path(ONE, views.detail, name="backoffice-organization"),
    path(f"{ONE}suspend", views.suspend, name="backoffice-organization-suspend"),
    path(f"{ONE}resume", views.resume, name="backoffice-organization-resume"),
    path(f"{ONE}delete", views.delete, name="backoffice-organization-delete"),
    path(f"{ONE}keep", views.keep, name="backoffice-organization-keep"),
    path(f"{ONE}visit/<int:membership_id>", views.visit, name="backoffice-organization-visit"),
]
