"""`Client.force_login` counts as a proof of now, as every log-in a person makes does."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest


def pytest_configure() -> None:
    user_logged_in.connect(_prove, dispatch_uid="tests.plugins.proved")


def _prove(request: HttpRequest, **_: Any) -> None:
    from catalyst.identity import step_up

    if request.method is None:  # no request of anybody's: only `force_login` makes one up
        step_up.proved(request)
