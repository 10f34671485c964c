"""Routes of the kernel, the same in both roles."""

from django.urls import path

from catalyst.eventlog import views as log
from catalyst.identity import views as identity
from catalyst.telemetry import views as telemetry
from catalyst.web import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", telemetry.metrics, name="metrics"),
    path("login/", identity.LogIn.as_view(), name="login"),
    path("logout/", identity.log_out, name="logout"),
    path("account/password/", identity.password, name="account-password"),
    path("log/<str:subject>/events", log.events, name="log-events"),
    path("log/<str:subject>/page", log.page, name="log-page"),
    path("log/<str:subject>/search", log.search, name="log-search"),
    path("log/<str:subject>/download", log.download, name="log-download"),
]
