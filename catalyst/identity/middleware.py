"""A person who logged in with a one-time code sets a password before anything else."""

from __future__ import annotations

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from catalyst.identity.models import User

OPEN = ("/account/password/", "/logout/", "/static/", "/healthz", "/readyz")


class MustSetPassword:
    """Sends such a person to the password page from wherever they go."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response):  # type: ignore[no-untyped-def]
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        if iscoroutinefunction(self.get_response):
            return self._later(request)
        return self._detour(request) or self.get_response(request)

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        detour = await sync_to_async(self._detour)(request)
        return detour or await self.get_response(request)

    def _detour(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.path.startswith(OPEN):
            return None
        user = request.user
        if isinstance(user, User) and user.must_set_password:
            return redirect("account-password")
        return None
