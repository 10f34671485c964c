"""Organization slugs (spec franchise §6.4)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from franchise.organizations.slugs import ENV_TYPES, SLUG, BadSlug, alternatives, check, from_name

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123 §2.1


@pytest.mark.parametrize("slug", ["acme", "acme-co", "a1b", "a-b-c", "a" * 30, "productions"])
def test_given_a_good_slug_when_checked_then_taken(slug: str) -> None:
    assert check(slug) == slug


@pytest.mark.parametrize(
    "slug",
    ["", "a", "ab", "a" * 31, "1acme", "acme-", "-acme", "a--b", "Acme", "../etc", "acme_co",
     "acme.co", "acme\n", "آكمي", "system", "kube-dns", "catalog-sovereign", "redeem", "www",
     "acme-prod", "acme-dev", "a-poc"],
)  # fmt: skip
def test_given_a_bad_reserved_or_ambiguous_slug_when_checked_then_refused(slug: str) -> None:
    with pytest.raises(BadSlug) as caught:
        check(slug)
    assert caught.value.extra["field"] == "organization_slug"


@given(st.from_regex(SLUG, fullmatch=True))
def test_given_any_accepted_slug_when_looked_at_then_a_dns_label_and_no_environment(
    slug: str,
) -> None:
    try:
        check(slug)
    except BadSlug:
        return
    assert LABEL.fullmatch(slug)
    assert not slug.endswith(tuple(f"-{env}" for env in ENV_TYPES))


@given(st.from_regex(SLUG, fullmatch=True))
def test_given_a_slug_when_alternatives_are_named_then_all_obey_the_rule(slug: str) -> None:
    assert all(check(other) == other != slug for other in alternatives(slug))


@given(st.text(max_size=120))
def test_given_any_name_when_made_a_slug_then_short_and_ascii(name: str) -> None:
    slug = from_name(name)
    assert len(slug) <= 30
    assert re.fullmatch(r"[a-z0-9-]*", slug)


def test_given_ordinary_names_when_made_slugs_then_as_people_expect() -> None:
    assert from_name("Acme & Sons L.L.C") == "acme-sons-llc"
    assert from_name("Société Générale") == "societe-generale"
    assert from_name("شركة") == ""
