"""The documents of the API have names of their own: in OpenAPI the later of two wins silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import BaseModel

from catalyst.api.root import api
from catalyst.api.shapes import Asked, Document


def below(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in base.__subclasses__():
        yield each
        yield from below(each)


def test_given_every_document_of_the_api_when_named_then_no_two_share_a_name() -> None:
    assert api.urls
    kinds = {kind for base in (Asked, Document) for kind in below(base)}
    names = Counter(
        kind.__name__ for kind in kinds if not kind.__module__.startswith(("tests.", "ninja."))
    )
    assert [name for name, count in names.items() if count > 1] == []
