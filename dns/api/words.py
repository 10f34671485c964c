"""The reserved words: anybody who may check a name reads them, operators change them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from catalyst.api.shapes import Asked, Document
from dns.api.compatible import compatible
from dns.api.who import AUTH, CHECK, caller
from dns.names import Words
from dns.reserved import services
from dns.tokens.models import Scope

router = Router(tags=["reserved words"], by_alias=True, auth=AUTH)
router.add_decorator(compatible, mode="view")


class ReservedLabel(Document):
    word: str
    pattern: bool
    reason: str


class ReservedWords(Document):
    """`reserved` is the plain list of labels, sorted; `words` has the patterns and reasons too."""

    reserved: list[str]
    version: int
    words: list[ReservedLabel]


class NewWord(Asked):
    word: str = Field(max_length=63, examples=["ministry", "royal*"])
    reason: str = Field(max_length=services.LONGEST_REASON, examples=["it is a ministry's"])


@router.get("", auth=CHECK, response=ReservedWords, summary="Read the reserved words")
def read(request: HttpRequest) -> Any:
    """The list as it is now, with its version."""
    caller(request, Scope.CHECK)
    return _shown(services.current())


@router.post("", response={201: ReservedWords}, summary="Reserve a word")
def add(request: HttpRequest, body: NewWord) -> Any:
    """A label, or a shell-style pattern of labels. Names that are held already stay held."""
    who = caller(request, Scope.WORDS)
    return Status(201, _shown(services.add(word=body.word, reason=body.reason, actor=who.actor)))


@router.delete("/{word}", response=ReservedWords, summary="Let a word be taken again")
def remove(request: HttpRequest, word: str) -> Any:
    """Answers with the list as it is from now on."""
    who = caller(request, Scope.WORDS)
    return _shown(services.remove(word=word, actor=who.actor))


def _shown(words: Words) -> ReservedWords:
    exact = [
        ReservedLabel(word=w, pattern=False, reason=why) for w, why in sorted(words.exact.items())
    ]
    patterns = [
        ReservedLabel(word=w, pattern=True, reason=why) for w, why in sorted(words.patterns)
    ]
    return ReservedWords(
        reserved=sorted(words.exact), version=words.version, words=[*exact, *patterns]
    )
