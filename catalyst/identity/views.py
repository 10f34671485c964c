"""Log in, log out, set a password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalyst.audit.services import record
from catalyst.identity.forms import LogInForm, PasswordForm
from catalyst.identity.models import User
from catalyst.identity.permissions import names, requires
from catalyst.identity.services import end_other_sessions, set_password
from catalyst.identity.sessions import of
from catalyst.limits.gate import by_address, count, refuse, with_headers
from catalyst.limits.services import forgive
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret


@method_decorator(names("anyone"), name="dispatch")
class LogIn(LoginView):
    """E-mail and password; the return address is checked to be ours by Django."""

    form_class = LogInForm
    template_name = "catalyst/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: str, **kwargs: Any) -> HttpResponse:
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
        return super().form_valid(form)

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
    logout(request)
    return redirect(str(settings.LOGOUT_REDIRECT_URL))


@requires("signed-in")
def password(request: HttpRequest) -> HttpResponse:
    """Set one's own password; obligatory after a one-time code."""
    user = request.user
    assert isinstance(user, User)
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
    words = "You are logged in here only now." if ended else "You were logged in here only."
    messages.success(request, words)
    return redirect("account-sessions")
