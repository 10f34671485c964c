"""A small API on our foundations, for tests: things are made, refused and broken here."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import include, path
from ninja import Status
from ninja.decorators import decorate_view
from pydantic import Field

from catalyst.api.idempotency import idempotent
from catalyst.api.root import Api
from catalyst.api.shapes import Asked
from catalyst.identity.models import User
from catalyst.identity.permissions import names
from catalyst.problem import Conflict

api = Api(title="Things", urls_namespace="things", predicate="signed-in")


class Thing(Asked):
    name: str = Field(max_length=40)
    secret: str = ""


@api.post("/things", response={201: dict[str, Any]})
@decorate_view(idempotent(required=True))
def make(request: HttpRequest, thing: Thing) -> Any:
    """A person stands for the thing: a row that is really made."""
    made = User.objects.create(subject=uuid.uuid4().hex, email=f"{thing.name}@things.example")
    if thing.name == "refused":
        raise Conflict("Not this one.")
    return Status(201, {"id": made.pk})


@api.post("/hurried")
@decorate_view(idempotent(required=True, patience=timedelta(milliseconds=50)))
def hurried(request: HttpRequest) -> Any:
    return {}


@api.get("/broken")
def broken(request: HttpRequest) -> Any:
    raise RuntimeError("a secret detail")


@api.get("/things/{number}", auth=None)
@names("anyone")
def look(request: HttpRequest, number: int) -> Any:
    return {"number": number}


urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("catalyst.urls")),
]
handler404 = "catalyst.web.errors.not_found"
handler500 = "catalyst.web.errors.server_error"
