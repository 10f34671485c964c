"""The first admin of a Sovereign in its own Keycloak: made once, with a code that counts once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pydantic import SecretStr

from catalyst.audit.models import AuditEvent
from catalyst.identity.keycloak import services
from catalyst.identity.keycloak.admin import Admin, KeycloakRefuses, imported
from catalyst.identity.keycloak.models import FirstAdmin
from catalyst.identity.models import Role, User
from catalyst.identity.services import one_time_code
from catalyst.problem import Invalid
from catalyst.work import outbox
from catalyst.work.models import OutboxItem
from tests.integration.catalyst.keycloak.conftest import NEW_PASSWORD, Realm, Visitor
from tests.integration.internet.running import free_port

pytestmark = [
    pytest.mark.django_db, pytest.mark.xdist_group("keycloak"), pytest.mark.slow,
]  # fmt: skip
Browsers = Callable[[], Visitor]
WRONG = "Invalid username or password."


@pytest.fixture
def code(realm: Realm, owner: str, tmp_path: Path) -> str:
    """The one-time code of a first admin who was just made by the Job's command."""
    code, hashed = one_time_code()
    file = tmp_path / "code-hash"
    file.write_text(f"{hashed}\n")
    call_command("first_admin", "--email", owner, "--code-hash-file", file, "--patience", "0")
    return code.reveal()


def time_is_up() -> None:
    then = timezone.now() - timedelta(seconds=1)
    FirstAdmin.objects.update(code_until=then)
    OutboxItem.objects.filter(topic=services.CODE_ENDS).update(available_at=then)
    assert outbox.drain() == 1


def test_given_the_first_admin_when_they_use_the_code_then_a_password_and_their_vouchers(
    realm: Realm, owner: str, code: str, visitor: Browsers
) -> None:
    browser = visitor()
    page = browser.try_code(owner, code)
    assert browser.come_back(browser.set_password(page, NEW_PASSWORD)) == "/vouchers/"
    assert browser.console.get("/vouchers/").status_code == 200
    user = User.objects.get()
    assert (user.issuer, user.email, user.roles) == (
        realm.url, owner.lower(), [Role.SOVEREIGN_ADMIN],
    )  # fmt: skip
    assert user.subject == FirstAdmin.objects.get().subject

    used = visitor().try_code(owner, code)
    assert WRONG in used.text
    again = visitor()
    assert again.come_back(again.try_code(owner, NEW_PASSWORD)) == "/vouchers/"


def test_given_a_wrong_code_then_refused_and_the_right_one_still_counts(
    realm: Realm, owner: str, code: str, visitor: Browsers
) -> None:
    assert WRONG in visitor().try_code(owner, f"{code}x").text
    assert "password-new" in visitor().try_code(owner, code).text


def test_given_an_unused_code_when_its_time_is_up_then_refused(
    realm: Realm, owner: str, code: str, visitor: Browsers
) -> None:
    services.end_code()  # too early: nothing happens
    assert "password-new" in visitor().try_code(owner, code).text
    assert services.CODE_COUNTS - timedelta(minutes=5) < (
        OutboxItem.objects.get(topic=services.CODE_ENDS).available_at - timezone.now()
    )
    time_is_up()
    assert WRONG in visitor().try_code(owner, code).text
    assert FirstAdmin.objects.get().code_ended_at is not None
    assert AuditEvent.objects.filter(act="identity.code-ended").exists()


def test_given_a_password_of_their_own_when_the_codes_time_is_up_then_it_stays(
    realm: Realm, owner: str, code: str, visitor: Browsers
) -> None:
    browser = visitor()
    browser.set_password(browser.try_code(owner, code), NEW_PASSWORD)
    time_is_up()
    later = visitor()
    assert later.come_back(later.try_code(owner, NEW_PASSWORD)) == "/vouchers/"


def test_given_somebody_of_the_realm_without_a_role_then_the_console_gives_them_none(
    realm: Realm, visitor: Browsers
) -> None:
    realm.add("somebody@omantel.example", NEW_PASSWORD)
    browser = visitor()
    browser.come_back(browser.try_code("somebody@omantel.example", NEW_PASSWORD))
    assert User.objects.get().roles == []
    assert browser.console.get("/vouchers/").status_code == 403


def test_given_a_job_that_runs_again_then_nobody_is_made_twice(
    realm: Realm, owner: str, code: str
) -> None:
    before = realm.people(owner)
    other, hashed = one_time_code()
    assert other
    assert not services.make_first_admin(email="other@omantel.example", code_hash=hashed)
    assert realm.people(owner) == before and not realm.people("other@omantel.example")
    assert AuditEvent.objects.filter(act="identity.first-admin").count() == 1


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after", [False, True], ids=["before-the-call", "after-the-call"])
@pytest.mark.parametrize("number", range(6))
def test_given_a_job_that_is_killed_at_any_call_when_run_again_then_one_admin_with_one_code(
    realm: Realm,
    owner: str,
    visitor: Browsers,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    after: bool,
) -> None:
    """Its calls: log in, look, make, look, read the role, give it."""
    code, hashed = one_time_code()
    real, calls = Admin._ask, 0

    def dies(self: Admin, *words: Any, **options: Any) -> httpx.Response:
        nonlocal calls
        calls += 1
        if calls - 1 == number and not after:
            raise Killed
        answer = real(self, *words, **options)
        if calls - 1 == number:
            raise Killed
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(Admin, "_ask", dies)
        with pytest.raises(Killed):
            services.make_first_admin(email=owner, code_hash=hashed)
    assert services.make_first_admin(email=owner, code_hash=hashed)
    (person,) = realm.people(owner)
    roles = realm.get(f"/users/{person['id']}/role-mappings/realm")
    assert Role.SOVEREIGN_ADMIN in {role["name"] for role in roles}
    assert OutboxItem.objects.filter(topic=services.CODE_ENDS).count() == 1
    if number == 2:  # the call that makes them, and the code with them
        assert "password-new" in visitor().try_code(owner, code.reveal()).text


def test_given_keycloak_is_away_then_the_job_ends_and_says_why(
    realm: Realm, owner: str, tmp_path: Path, settings: Any
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(
        update={"oidc_issuer": f"http://127.0.0.1:{free_port()}/realms/catalyst-admin"}
    )
    file = tmp_path / "code-hash"
    file.write_text(one_time_code()[1])
    words = ("first_admin", "--email", owner, "--code-hash-file", file, "--patience", "0")
    with pytest.raises(CommandError, match=r"127\.0\.0\.1 does not answer"):
        call_command(*words)
    settings.CATALYST = settings.CATALYST.model_copy(update={"oidc_issuer": realm.url})
    call_command(*words)
    assert len(realm.people(owner)) == 1


def test_given_our_account_in_the_realm_then_it_may_do_what_it_needs_and_no_more(
    realm: Realm,
) -> None:
    with Admin() as ours:
        for path in ("/clients", "/identity-provider/instances", "/events"):
            assert ours._ask("GET", path).status_code == 403, path
        assert ours._ask("PUT", "", json={"bruteForceProtected": False}).status_code == 403
        (mine,) = realm.get("/users", username="service-account-catalyst-people")
        (manager,) = realm.get("/clients", clientId="realm-management")
        path = f"/users/{mine['id']}/role-mappings/clients/{manager['id']}"
        wish = [realm.get(f"/clients/{manager['id']}/roles/manage-realm")]
        assert ours._ask("POST", path, json=wish).status_code == 403
        with pytest.raises(KeycloakRefuses):
            ours.give_role(f"/users/{mine['id']}", "no-such-role")


def test_given_another_secret_then_we_are_not_let_in_and_it_is_said_without_it(
    realm: Realm, settings: Any
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(
        update={"people_client_secret": SecretStr("another-secret")}
    )
    with pytest.raises(KeycloakRefuses) as refused:
        Admin()
    assert "another-secret" not in refused.value.detail


@pytest.mark.parametrize("text", ["plain", "argon2$argon2id$v=19$m=1,t=1,p=1$a$b", "md5$a$b"])
def test_given_no_hash_of_ours_then_refused_before_anything(text: str) -> None:
    with pytest.raises(Invalid):
        imported(text, label="x")
