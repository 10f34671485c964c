"""A call to the API as operations see it, and the register of operations.

An operation is a function from `Call` to the JSON of the answer, run inside one transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.store import Resource

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """`path` is the document's, `ids` the numbers in it by name; `body` has passed its schema."""

    cloud: Cloud
    path: str
    project: int
    ids: Mapping[str, int]
    query: QueryParams
    body: Json

    def resource(self, kind: str) -> Resource:
        """The resource the path names. Raises not_found."""
        return self.cloud.need(kind, self.ids["id"], self.project)


Operation = Callable[[Call], Json | None]
Complete = Callable[[Json], Json]


@dataclass(frozen=True, slots=True)
class Route:
    """`path` as in the vendor's document; `status` of the answer; `complete` fills what the vendor
    lets a caller leave out although the document asks for it."""

    method: str
    path: str
    status: int
    operation: Operation
    complete: Complete | None


ROUTES: list[Route] = []


def route(
    method: str, path: str, status: int = 200, *, complete: Complete | None = None
) -> Callable[[Operation], Operation]:
    """Registers an operation under a method and a path of the vendor's document."""

    def register(operation: Operation) -> Operation:
        ROUTES.append(Route(method, path, status, operation, complete))
        return operation

    return register
