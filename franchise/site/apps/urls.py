"""Routes of this room. No label is `new`: labels have two hyphens (organizations/environments)."""

from django.urls import path

from franchise.site.apps import installing_views as installing
from franchise.site.apps import views

ALL = "organizations/<slug:organization>/apps/"
ONE = f"{ALL}<slug:app_label>/"

urlpatterns = [
    path(ALL, views.listed, name="organization-apps"),
    path(f"{ALL}new/", installing.choose, name="organization-app-choose"),
    path(f"{ALL}new/<slug:app>/", installing.install, name="organization-app-install"),
    path(ONE, views.app, name="organization-app"),
    path(f"{ONE}configure/", views.configure, name="organization-app-configure"),
    path(f"{ONE}upgrade", views.upgrade, name="organization-app-upgrade"),
    path(f"{ONE}roll-back", views.roll_back, name="organization-app-roll-back"),
    path(f"{ONE}retry", views.retry, name="organization-app-retry"),
    path(f"{ONE}remove/", views.remove, name="organization-app-remove"),
    path(f"{ONE}logs/", views.logs, name="organization-app-logs"),
    path(f"{ONE}history/", views.history, name="organization-app-history"),
]
