"""The Kubernetes API as plain JSON: paths in, dicts out, over the `kubernetes` library's client.

Its models are left out: parsing them costs a process 100 MB and drops fields they do not know.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Self

import aiohttp
from kubernetes.aio import client, config, dynamic

Json = dict[str, Any]

STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
# What an ApiProblem's `status` is when there is one already, or none.
CONFLICT, NOT_FOUND = 409, 404
# Annotation: in words, what another program stands for here.
STAND_IN = "catalyst.openova.io/stand-in"
_SECONDS = 30.0
# The server ends a watch after this; a connection that broke unseen is found by the margin.
WATCH_SECONDS, _MARGIN = 240, 30


class ApiProblem(Exception):
    """The API refused or was not reached. `status`: HTTP, or 0 when there was no answer."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason


class Api:
    """One user's connection, by a kubeconfig, or by the account of the Pod this runs in.

    Use as `async with`.
    """

    def __init__(self, kubeconfig: Path | None) -> None:
        self._kubeconfig = kubeconfig

    async def __aenter__(self) -> Self:
        self._client: client.ApiClient = await self._made()
        self._raw = dynamic.DynamicClient(self._client)  # type: ignore[no-untyped-call]
        return self

    async def _made(self) -> client.ApiClient:
        settings = client.Configuration()
        if self._kubeconfig is None:
            config.load_incluster_config(settings)  # type: ignore[no-untyped-call]
        else:
            await config.load_kube_config(str(self._kubeconfig), client_configuration=settings)  # type: ignore[no-untyped-call]
        return client.ApiClient(settings)

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    async def get(self, path: str, **query: str) -> Json:
        return await self._json("get", path, query=query)

    async def create(self, path: str, body: Json) -> Json:
        return await self._json("post", path, body=body)

    async def have(self, path: str, body: Json) -> None:
        """Make an object in a collection unless there is one of its name. Raises ApiProblem."""
        try:
            await self.create(path, body)
        except ApiProblem as problem:
            if problem.status != CONFLICT:
                raise

    async def patch(self, path: str, body: Json, *, kind: str = STRATEGIC) -> Json:
        return await self._json("patch", path, body=body, content_type=kind)

    async def replace(self, path: str, body: Json) -> Json:
        return await self._json("put", path, body=body)

    async def delete(self, path: str, body: Json | None = None) -> Json:
        return await self._json("delete", path, body=body)

    async def ready(self) -> None:
        """Return when the server says it is. Raises ApiProblem."""
        await self._ask("get", "/readyz", query={}, seconds=_SECONDS)

    async def watch(self, path: str, *, since: str, **query: str) -> AsyncIterator[Json]:
        """Events `{"type", "object"}` after the resource version `since`, until the server ends it.

        Bookmarks are among them. Raises ApiProblem, with status 410 when `since` is too old.
        """
        asked = {
            **query,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": since,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        response = await self._ask("get", path, query=asked, seconds=WATCH_SECONDS + _MARGIN)
        async with response:
            try:
                # Not by lines of the stream: a ConfigMap may be longer than its line buffer.
                async for event in _events(response):
                    if event["type"] == "ERROR":
                        status = event["object"]
                        raise ApiProblem(status["code"], status["reason"], status["message"])
                    yield event
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise ApiProblem(0, type(error).__name__, str(error)) from None

    async def _json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
        content_type: str | None = None,
    ) -> Json:
        response = await self._ask(
            method, path, query=query or {}, body=body, content_type=content_type, seconds=_SECONDS
        )
        async with response:
            answer: Json = await response.json()
            return answer

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str],
        seconds: float,
        body: Json | None = None,
        content_type: str | None = None,
    ) -> aiohttp.ClientResponse:
        try:
            response: aiohttp.ClientResponse = await self._raw.request(
                method,
                path,
                body=body,
                content_type=content_type,
                query_params=list(query.items()),
                _request_timeout=seconds,
                serialize=False,
            )
        except dynamic.exceptions.DynamicApiError as error:
            raise ApiProblem(error.status, str(error.reason), _message(error.body)) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiProblem(0, type(error).__name__, str(error)) from None
        return response


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[Json]:
    rest = b""
    async for chunk in response.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield json.loads(line)


def _message(body: Any) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, TypeError, KeyError):
        return str(body)[:300]
