"""Whose cart it is, and that nothing chosen is lost on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from catalyst.identity.models import User
from franchise.site import carts
from franchise.site.models import Cart
from tests.integration.franchise.site.conftest import act

pytestmark = pytest.mark.django_db


def test_given_a_choice_when_logging_in_then_it_is_this_persons(
    visitor: Client, owner: User
) -> None:
    act(visitor, "add-app:ghost")
    act(visitor, "plan:l", "/plans")
    visitor.force_login(owner)
    assert "OMR 16.000" in visitor.get("/review").text
    cart = Cart.objects.get()
    assert (cart.user, cart.apps, cart.plan) == (owner, ["ghost"], "l")
    # And in another browser of theirs.
    other = Client()
    other.force_login(owner)
    assert "Take out Ghost" in other.get("/apps").text


def test_given_an_earlier_cart_when_logging_in_with_another_then_both_are_in_it(
    visitor: Client, owner: User
) -> None:
    before = Client()
    before.force_login(owner)
    act(before, "add-app:gitea")
    act(before, "plan:xl", "/plans")
    act(before, "add-addon:daily-backup", "/addons")
    act(visitor, "add-app:ghost")
    act(visitor, "plan:s", "/plans")
    visitor.force_login(owner)
    visitor.get("/review")
    cart = Cart.objects.get()
    assert (cart.plan, cart.apps, cart.addons) == ("s", ["ghost", "gitea"], ["daily-backup"])


def test_given_two_tabs_when_both_choose_then_both_choices_are_kept(visitor: Client) -> None:
    act(visitor, "add-app:ghost")
    act(visitor, "add-app:gitea")
    assert Cart.objects.get().apps == ["ghost", "gitea"]


def test_given_another_visitor_when_looking_then_nothing_of_the_first_is_there(
    visitor: Client,
) -> None:
    act(visitor, "add-app:ghost")
    assert "Take out Ghost" not in Client().get("/apps").text


def test_given_somebody_elses_cart_in_a_session_when_looking_then_it_is_not_shown(
    visitor: Client, owner: User
) -> None:
    mine = Cart.objects.create(user=owner, apps=["ghost"])
    act(visitor, "add-app:gitea")
    session = visitor.session
    session[carts.KEY] = mine.pk
    session.save()
    page = visitor.get("/apps").text
    assert "Take out Ghost" not in page


def test_given_old_carts_when_forgotten_then_only_those_nobody_touched(
    visitor: Client, owner: User
) -> None:
    act(visitor, "add-app:ghost")
    Cart.objects.update(changed_at=F("changed_at") - timedelta(days=31))
    young = Cart.objects.create(user=owner)
    assert carts.forget_old() == 1
    assert Cart.objects.get() == young
