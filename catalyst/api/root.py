"""The API instance. Apps name a prefix (`api_routes`) and offer `api.router`; none is imported."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NoReturn

from django.apps import apps
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from catalyst.api.answers import nowhere, teach
from catalyst.api.document import DESCRIPTION, document_of
from catalyst.api.door import door, typed
from catalyst.api.session import Session
from catalyst.identity.permissions import names
from catalyst.identity.routes import CLOSED, path_view_of, predicates_of
from catalyst.problem import Forbidden

Urls = list[URLResolver | URLPattern]


class Api(NinjaAPI):
    """Ninja with our door before every operation and problem documents everywhere.

    Routers name the predicate of their routes by `auth`, or it is the `predicate` given here; a
    route without one is closed.
    """

    def __init__(self, *, predicate: str = "", **options: Any) -> None:
        super().__init__(auth=Session(predicate), docs_url=None, **options)
        teach(self)
        self.add_decorator(door, mode="view")

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """`deployments_create`: stable names for clients that are generated."""
        room = operation.view_func.__module__.removesuffix(".api").rpartition(".")[2]
        return f"{room}_{operation.view_func.__name__}"

    def get_openapi_schema(self, **_: Any) -> OpenAPISchema:
        return document_of(self)  # type: ignore[return-value]  # rendered as the JSON it is

    def _get_urls(self) -> Urls:
        found: Urls = super()._get_urls()
        for pattern in found:
            assert isinstance(pattern, URLPattern)
            paths = path_view_of(pattern.callback)
            pattern.callback = typed(pattern.callback)
            if paths is None:  # the document, the root
                names("anyone")(pattern.callback)
            else:
                guarded = [_guarded(each) for each in paths.operations]
                pattern.callback.operations = guarded  # type: ignore[attr-defined]
        return [*found, path("<path:rest>", nowhere)]


def _guarded(operation: Operation) -> Operation:
    if not predicates_of(operation):
        operation.auth_callbacks = [_closed]
    return operation


def _closed(request: HttpRequest) -> NoReturn:
    raise Forbidden(CLOSED)


api = Api(title="Catalyst", version="1", description=DESCRIPTION, urls_namespace="api")

for _config in apps.get_app_configs():
    # An app offers a router by having an `api` module with `router` and the prefix it lives under.
    if (_routes := getattr(_config, "api_routes", None)) is not None:
        _module = import_module(f"{_config.name}.api")
        api.add_router(_routes, _module.router)


def mounted(namespace: str) -> tuple[Urls, str, str]:
    """URLs for `django.urls.path`; each mount has a namespace of its own."""
    patterns, app, _ = api.urls
    return patterns, app, namespace
