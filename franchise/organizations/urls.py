"""Routes of this room: a customer's own pages. `mine` is no slug (organizations/slugs.py)."""

from django.urls import path

from franchise.organizations import views
from franchise.organizations.ending import views as ending
from franchise.organizations.members import views as members

ONE = "organizations/<slug:organization>/"

urlpatterns = [
    path("organizations/mine/", views.mine, name="organizations-mine"),
    path("invitation", members.invitation, name="invitation"),
    path(ONE, views.overview, name="organization"),
    path(f"{ONE}environments/", views.add_environment, name="organization-environments"),
    path(f"{ONE}members/", members.people, name="organization-members"),
    path(f"{ONE}members/leave", members.leave, name="organization-leave"),
    path(f"{ONE}members/<int:membership_id>/role", members.role, name="organization-member-role"),
    path(
        f"{ONE}members/<int:membership_id>/remove",
        members.remove,
        name="organization-member-remove",
    ),
    path(
        f"{ONE}invitations/<int:invitation_id>/resend",
        members.resend,
        name="organization-invitation-resend",
    ),
    path(
        f"{ONE}invitations/<int:invitation_id>/withdraw",
        members.withdraw,
        name="organization-invitation-withdraw",
    ),
    path(f"{ONE}settings/", ending.settings_page, name="organization-settings"),
    path(f"{ONE}settings/export", ending.export, name="organization-export"),
    path(f"{ONE}settings/delete", ending.delete, name="organization-delete"),
    path(f"{ONE}settings/keep", ending.keep, name="organization-keep"),
]
