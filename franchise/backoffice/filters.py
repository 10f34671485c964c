"""Filters that a person keeps: the query of a list under a name. They are theirs alone."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from catalyst.identity.models import User
from catalyst.problem import Invalid, NotFound
from franchise.backoffice.models import SavedFilter

MOST = 30  # of one person on one page: more is a list that wants a search of its own
_NOT_A_FILTER = ("before", "format")
LONGEST_NAME, LONGEST_QUERY = 60, 1000


def cleaned(query: str) -> str:
    """The filter in an address's query: without empty fields, and without where one was in it."""
    given = QueryDict(query.removeprefix("?"))
    kept = QueryDict(mutable=True)
    for name, values in given.lists():
        if name not in _NOT_A_FILTER and (filled := [value for value in values if value.strip()]):
            kept.setlist(name, filled)
    return kept.urlencode()


def kept_by(person: User, *, page: str) -> QuerySet[SavedFilter]:
    """Their filters of one list, by name."""
    return SavedFilter.objects.filter(person=person, page=page).order_by("name", "pk")


def address_of(kept: SavedFilter) -> str:
    """The list with this filter."""
    return f"{reverse(kept.page)}?{kept.query}"


def save(*, person: User, page: str, name: str, query: str) -> SavedFilter:
    """Keep a filter; under a name that is taken it takes the other's place.

    Raises Invalid(field="name" or "query"), NotFound for a list that is none.
    """
    _must_be_a_list(page)
    name, query = " ".join(name.split()), cleaned(query)
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(_("Give the filter a name of up to 60 characters."), field="name")
    if not query:
        raise Invalid(_("Choose a filter first: the list shows everything now."), field="query")
    if len(query) > LONGEST_QUERY:
        raise Invalid(_("This filter is too long to keep."), field="query")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)  # two at once count one after the other
        others = kept_by(person, page=page).exclude(name=name)
        if others.count() >= MOST:
            raise Invalid(_("You keep 30 filters of this list. Forget one first."), field="name")
        return SavedFilter.objects.update_or_create(
            person=person, page=page, name=name, defaults={"query": query}
        )[0]


def forget(*, person: User, filter_id: int) -> str:
    """Delete one of theirs and return the name of its list. Raises NotFound."""
    with transaction.atomic():
        kept = SavedFilter.objects.select_for_update().filter(person=person, pk=filter_id).first()
        if kept is None:
            raise NotFound(_("This filter is not kept any more."))
        kept.delete()
    return kept.page


def _must_be_a_list(page: str) -> None:
    """A page of ours that needs nothing but its name: nobody is led elsewhere by a filter."""
    try:
        found = resolve(urlsplit(reverse(page)).path)
    except (NoReverseMatch, Resolver404):
        raise NotFound(_("There is no such list.")) from None
    if not found.view_name == page:
        raise NotFound(_("There is no such list."))
