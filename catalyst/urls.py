"""Routes of the kernel, the same in both roles."""

from django.urls import path

from catalyst.audit import views as audit
from catalyst.eventlog import views as log
from catalyst.eventlog.paged import lines as log_lines
from catalyst.four_eyes import views as four_eyes
from catalyst.identity import views as identity
from catalyst.identity.oidc import views as oidc
from catalyst.language import choice
from catalyst.telemetry import views as telemetry
from catalyst.web import health, home, reports

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", telemetry.metrics, name="metrics"),
    path("csp-report", reports.csp_report, name="csp-report"),
    path("home/", home.home, name="home"),
    path("audit/", audit.audit, name="audit"),
    path("login/", identity.LogIn.as_view(), name="login"),
    path("logout/", identity.log_out, name="logout"),
    path("oidc/login/", oidc.Begin.as_view(), name="oidc-begin"),
    path("oidc/callback/", oidc.Callback.as_view(), name="oidc-callback"),
    path("oidc/backchannel-logout/", oidc.back_channel, name="oidc-back-channel"),
    path("account/confirm/", identity.confirm, name="account-confirm"),
    path("account/password/", identity.password, name="account-password"),
    path("account/visit/end/", identity.end_visit, name="account-visit-end"),
    path("account/sessions/", identity.sessions, name="account-sessions"),
    path("account/sessions/end-others/", identity.end_others, name="account-sessions-end-others"),
    path("language/", choice.choose, name="language"),
    path("approvals/", four_eyes.approvals, name="approvals"),
    path("approvals/<uuid:approval_id>/", four_eyes.approval, name="approval"),
    path("approvals/<uuid:approval_id>/agree/", four_eyes.agree, name="approval-agree"),
    path("approvals/<uuid:approval_id>/refuse/", four_eyes.refuse, name="approval-refuse"),
    path("log/<str:subject>/events", log.events, name="log-events"),
    path("log/<str:subject>/page", log.page, name="log-page"),
    path("log/<str:subject>/matches", log.matches, name="log-matches"),
    path("log/<str:subject>/counts", log.counts, name="log-counts"),
    path("log/<str:subject>/lines", log_lines, name="log-lines"),
    path("log/<str:subject>/download", log.download, name="log-download"),
]
