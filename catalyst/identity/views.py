"""Log in, log out, set a password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from catalyst.audit.services import record
from catalyst.identity.forms import LogInForm, PasswordForm
from catalyst.identity.models import User
from catalyst.identity.permissions import requires
from catalyst.identity.services import set_password
from catalyst.limits.gate import by_address, refusal
from catalyst.limits.services import forgive
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret


class LogIn(LoginView):
    """E-mail and password; the return address is checked to be ours by Django."""

    form_class = LogInForm
    template_name = "catalyst/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: str, **kwargs: Any) -> HttpResponse:
        counted = {"log-in-address": by_address(request), "log-in": self._pair()}
        for action, key in counted.items():
            if refused := refusal(request, action=action, key=key):
                return refused
        return super().post(request, *args, **kwargs)

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
            set_password(user=user, password=Secret(form.cleaned_data["password"]))
        except Invalid as problem:
            form.add_error("password", problem.detail)
        else:
            update_session_auth_hash(request, user)
            return redirect(str(settings.LOGIN_REDIRECT_URL))
    status = 422 if request.method == "POST" else 200
    return render(request, "catalyst/password.html", {"form": form}, status=status)
