"""Log in, log out, prove anew who one is, set a password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalyst.audit.services import record
from catalyst.identity import step_up, visits
from catalyst.identity.again import own_path
from catalyst.identity.forms import ConfirmForm, LogInForm, PasswordForm
from catalyst.identity.models import User
from catalyst.identity.oidc.addresses import begin_url, end_session_url, host
from catalyst.identity.oidc.middleware import FRESH_UNTIL
from catalyst.identity.permissions import names, requires
from catalyst.identity.services import end_other_sessions, set_password
from catalyst.identity.sessions import end_this, of
from catalyst.limits.gate import by_address, count, refuse, with_headers
from catalyst.limits.services import forgive
from catalyst.problem import Conflict, Forbidden, Invalid
from catalyst.vault.secret import Secret


@method_decorator(names("anyone"), name="dispatch")
class LogIn(LoginView):
    """E-mail and password; the return address is checked to be ours by Django."""

    form_class = LogInForm
    template_name = "catalyst/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        env = settings.CATALYST
        found = super().get_context_data(**context)
        at_issuer = begin_url(self.get_success_url()) if env.oidc_issuer else ""
        return {
            **found,
            "by_password": env.local_login,
            "at_issuer": at_issuer,
            "issuer_host": host(),
        }

    def post(self, request: HttpRequest, *args: str, **kwargs: Any) -> HttpResponse:
        if not settings.CATALYST.local_login:
            raise Forbidden(_("No password is taken here: log in at the log-in service."))
        counted = {"log-in-address": by_address(request), "log-in": self._pair()}
        verdict = count(counted)
        if not verdict.allowed:
            return refuse(request, verdict)
        return with_headers(super().post(request, *args, **kwargs), verdict)

    def _pair(self) -> str:
        account = self.request.POST.get("username", "").strip().lower()
        return f"{by_address(self.request)} {account}"

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        with transaction.atomic():
            user = form.get_user()
            record(
                actor=str(user),
                act="identity.log-in",
                object=f"user:{user.pk}",
                request=self.request,
                person=user,
            )
        forgive(action="log-in", key=self._pair())
        answer = super().form_valid(form)
        step_up.proved(self.request)
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        with transaction.atomic():
            record(
                actor="anonymous",
                act="identity.log-in-refused",
                object="login",
                request=self.request,
            )
        return self.render_to_response(self.get_context_data(form=form), status=422)


@require_POST
@names("anyone")
def log_out(request: HttpRequest) -> HttpResponse:
    """End this session on the server."""
    if isinstance(request.user, User):
        with transaction.atomic():
            record(
                actor=str(request.user),
                act="identity.log-out",
                object=f"user:{request.user.pk}",
                request=request,
            )
    at_issuer = FRESH_UNTIL in request.session
    end_this(request)
    there = end_session_url(request) if at_issuer else ""
    return redirect(there or str(settings.LOGOUT_REDIRECT_URL))


@requires("signed-in")
@require_http_methods(["GET", "POST"])
@never_cache
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove anew who one is, before an act that wants it, and go back to its page."""
    user = request.user
    assert isinstance(user, User)
    back = own_path(request, request.POST.get("next") or request.GET.get("next", ""))
    if FRESH_UNTIL in request.session:
        return redirect(begin_url(back, again=True))
    if request.method == "GET":
        return _confirm_page(request, ConfirmForm(user=user), back)
    counted = f"{by_address(request)} {user.subject}"
    verdict = count({"log-in": counted})
    if not verdict.allowed:
        return refuse(request, verdict)
    form = ConfirmForm(request.POST, user=user)
    if not form.is_valid():
        return with_headers(_confirm_page(request, form, back), verdict)
    with transaction.atomic():
        record(
            actor=str(user), act="identity.proved-again", object=f"user:{user.pk}", request=request
        )
    forgive(action="log-in", key=counted)
    request.session.cycle_key()
    step_up.proved(request)
    return redirect(back)


def _confirm_page(request: HttpRequest, form: ConfirmForm, back: str) -> HttpResponse:
    context = {"form": form, "next": back}
    return render(request, "catalyst/confirm.html", context, status=422 if form.is_bound else 200)


@requires("signed-in")
def password(request: HttpRequest) -> HttpResponseBase:
    """Set one's own password; obligatory after a one-time code, which is proof enough."""
    user = request.user
    assert isinstance(user, User)
    if not user.is_local:
        raise Conflict(
            _("Your password is kept at %(value)s. Set it there.")
            % {"value": host() or "the log-in service"}
        )
    if user.must_set_password:
        return _password(request, user)
    return step_up.recently_proved(_password)(request, user)


def _password(request: HttpRequest, user: User) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            new = Secret(form.cleaned_data["password"])
            set_password(user=user, password=new, keep=request.session.session_key)
        except Invalid as problem:
            form.add_error("password", problem.detail)
        else:
            update_session_auth_hash(request, user)
            return redirect(str(settings.LOGIN_REDIRECT_URL))
    status = 422 if request.method == "POST" else 200
    return render(request, "catalyst/password.html", {"form": form}, status=status)


@requires("signed-in")
@require_safe
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """Where this person is logged in, the one seen last first."""
    user = request.user
    assert isinstance(user, User)
    rows = [{"session": row, "is_this": row.pk == request.session.session_key} for row in of(user)]
    rows.sort(key=lambda row: not row["is_this"])
    return render(request, "catalyst/sessions.html", {"rows": rows, "others": len(rows) - 1})


@requires("signed-in")
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Log out everywhere but here."""
    user = request.user
    assert isinstance(user, User)
    ended = end_other_sessions(user=user, keep=request.session.session_key)
    words = _("You are logged in here only now.") if ended else _("You were logged in here only.")
    messages.success(request, words)
    return redirect("account-sessions")


@requires("signed-in")
@require_POST
def end_visit(request: HttpRequest) -> HttpResponse:
    """Go on as oneself, where the visit began."""
    return redirect(visits.end(request) or str(settings.LOGIN_REDIRECT_URL))
