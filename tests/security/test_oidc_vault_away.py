"""The vault holds refresh tokens: while it is away nobody is locked out, and nobody half let in.

It is OpenBao at an address where nobody answers; what is under a key of it cannot be opened.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone

from catalyst.identity.oidc.logins import PAUSE
from catalyst.identity.sessions import PATIENCE
from catalyst.models import IssuerLogin, SealedSecret, User, UserSession
from catalyst.vault import keys
from tests.integration.internet.running import free_port
from tests.security.issuer import Issuer
from tests.security.things import late

pytestmark = pytest.mark.django_db
PAGE = "/account/sessions/"


@pytest.fixture
def away(settings, issuer: Issuer, tmp_path: Path) -> Callable[[], Callable[[], None]]:
    """Takes the vault away; what it returns brings it back."""
    secret_id = tmp_path / "secret-id"
    secret_id.write_text("made-up")
    address = f"http://127.0.0.1:{free_port()}"

    def go() -> Callable[[], None]:
        before = settings.CATALYST
        where = {"openbao_address": address, "openbao_secret_id_file": secret_id}
        settings.CATALYST = before.model_copy(update={"vault": "openbao", **where})
        kept = dict(SealedSecret.objects.values_list("pk", "key_id"))
        SealedSecret.objects.update(key_id="bao:v1")

        def back() -> None:
            settings.CATALYST = before
            for pk, key_id in kept.items():
                SealedSecret.objects.filter(pk=pk).update(key_id=key_id)

        return back

    return go


def test_given_the_vault_is_away_when_logging_in_then_503_and_nothing_half_done(
    issuer: Issuer, enter, away
) -> None:
    client, back = Client(), away()
    answer = enter(client)
    assert (answer.status_code, SESSION_KEY in client.session) == (503, False)
    assert client.get(PAGE)["Location"].startswith("/login/")
    assert not UserSession.objects.filter(user__isnull=False).exists()
    back()
    assert enter(client).status_code == 302 and client.get(PAGE).status_code == 200


def test_given_the_vault_is_away_when_proving_anew_then_503_and_still_who_one_was(
    issuer: Issuer, inside: Client, away
) -> None:
    key, login = inside.session.session_key, IssuerLogin.objects.values().get()
    there = inside.get("/oidc/login/?again=1")["Location"]
    back = away()
    assert inside.get("/oidc/callback/", issuer.approve(there)).status_code == 503
    assert inside.session.session_key == key and IssuerLogin.objects.values().get() == login
    back()
    assert inside.get(PAGE).status_code == 200
    late(inside)
    assert inside.get(PAGE).status_code == 200 and issuer.grants[-1] == "refresh_token"


def test_given_the_vault_is_away_when_the_time_is_up_then_believed_and_the_grant_not_spent(
    issuer: Issuer, inside: Client, away
) -> None:
    late(inside)
    back = away()
    for _ in range(3):
        assert inside.get(PAGE).status_code == 200
    assert issuer.grants == ["authorization_code"]
    assert IssuerLogin.objects.get().asked_at is not None  # and for a while not asked again
    back()
    late(inside, PAUSE)
    assert inside.get(PAGE).status_code == 200 and issuer.grants[1:] == ["refresh_token"]


def test_given_the_vault_stays_away_when_used_then_503_and_goes_on_when_it_is_back(
    issuer: Issuer, inside: Client, away
) -> None:
    late(inside, PATIENCE + timedelta(minutes=1))
    back = away()
    assert inside.get(PAGE).status_code == 503
    assert IssuerLogin.objects.exists()
    back()
    IssuerLogin.objects.update(asked_at=timezone.now() - PAUSE)
    assert inside.get(PAGE).status_code == 200


def test_given_the_vault_goes_away_after_the_grant_when_renewing_then_the_answer_counts(
    issuer: Issuer, inside: Client, away
) -> None:
    """It opens the old token, and cannot seal the new one."""
    old = IssuerLogin.objects.get().refresh
    late(inside)
    own = keys.wrapping().current()
    away()
    SealedSecret.objects.update(key_id=own)
    issuer.forge = lambda claims: {**claims, "roles": ["catalyst-operator"]}
    assert inside.get("/domains/").status_code == 200
    assert issuer.grants[1:] == ["refresh_token"] and User.objects.get().roles != ["member"]
    login = IssuerLogin.objects.get()
    assert login.refresh == old and login.fresh_until > timezone.now()


def test_given_a_token_nobody_can_open_when_the_time_is_up_then_it_ends(
    issuer: Issuer, inside: Client
) -> None:
    SealedSecret.objects.update(wrapped_key=b"altered" * 9)
    late(inside)
    assert inside.get(PAGE)["Location"].startswith("/login/")
    assert not IssuerLogin.objects.exists() and issuer.grants == ["authorization_code"]
