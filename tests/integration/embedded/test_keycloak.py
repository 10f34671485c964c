"""The laptop's Keycloak as the console meets it: what its realm gives, and what it refuses."""

from __future__ import annotations

import mailbox
import re
import secrets
from collections.abc import Callable
from email.message import Message
from pathlib import Path

import httpx
import pytest

from catalyst.embedded.programs import program
from catalyst.embedded.realm.admin import Admin, Refused
from catalyst.embedded.realm.document import person
from catalyst.embedded.services import mailbox as mailbox_service
from catalyst.embedded.state import StackState
from tests.integration.embedded.running import RunningStack, wait_until
from tests.integration.embedded.visitor import Visitor, claims_of, code_of

pytestmark = [pytest.mark.xdist_group("keycloak"), pytest.mark.slow]


@pytest.fixture
def state(keycloak: RunningStack) -> StackState:
    return keycloak.state


@pytest.fixture
def visitor(state: StackState) -> Visitor:
    return Visitor(state)


@pytest.fixture
def somebody(state: StackState) -> Callable[..., tuple[str, str]]:
    def make(*roles: str) -> tuple[str, str]:
        email, password = f"{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(18)
        with Admin(state) as admin:
            assert admin.add_person(email=email, password=password, roles=roles)
        return email, password

    return make


def test_given_the_realm_when_discovered_then_it_is_the_issuer_and_knows_s256(visitor: Visitor):
    found = visitor.http.get(f"{visitor.realm}/.well-known/openid-configuration").json()
    assert found["issuer"] == visitor.realm
    assert "S256" in found["code_challenge_methods_supported"]
    assert found["backchannel_logout_session_supported"]


def test_given_a_person_when_they_log_in_then_the_id_token_says_what_the_console_reads(
    visitor: Visitor, somebody: Callable[..., tuple[str, str]]
):
    email, password = somebody("catalyst-operator", "member")
    code = code_of(visitor.log_in(email, password))
    tokens = visitor.token(grant_type="authorization_code", code=code).json()
    claims = claims_of(tokens["id_token"])
    assert claims["iss"] == visitor.realm
    assert claims["aud"] == claims["azp"] == "catalyst-console"
    assert claims["nonce"] == "a-nonce"
    assert (claims["email"], claims["email_verified"]) == (email, True)
    assert {"catalyst-operator", "member"} <= set(claims["roles"])
    assert "sovereign-admin" not in claims["roles"]
    assert claims["sid"] and claims["auth_time"]
    assert tokens["refresh_token"]


def test_given_an_address_nobody_proved_when_they_log_in_then_only_by_the_link_of_a_mail_to_it(
    visitor: Visitor, state: StackState
):
    email, password = f"{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(18)
    who = person(email=email, name="Not Proved", password=password, roles=["member"])
    with Admin(state) as admin:
        admin._import({"users": [who | {"emailVerified": False}]}, exists="SKIP")
    asked = visitor.log_in(email, password)
    assert "code=" not in asked.headers.get("Location", "")
    if asked.is_redirect:  # to the page that says so, and sends the mail
        asked = visitor.http.get(asked.headers["Location"])
    assert asked.status_code == 200, asked.headers
    wait_until(lambda: bool(mails_to(state, email)), seconds=30)

    link = link_in(mails_to(state, email)[0])
    answer = visitor.http.get(link)
    while answer.is_redirect and not answer.headers["Location"].startswith(visitor.redirect):
        answer = visitor.http.get(answer.headers["Location"])
    tokens = visitor.token(grant_type="authorization_code", code=code_of(answer)).json()
    assert claims_of(tokens["id_token"])["email_verified"] is True


def mails_to(state: StackState, email: str) -> list[Message]:
    """What came for them; the newest last."""
    box = mailbox.Maildir(mailbox_service.folder(state), create=False)
    return [mail for mail in box if email in mail["To"]]


def link_in(mail: Message) -> str:
    """The first address in its plain text."""
    plain = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    text = plain.get_payload(decode=True)
    assert isinstance(text, bytes)
    return re.findall(r"http://\S+", text.decode())[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
        {"redirect_uri": "http://127.0.0.1:9/oidc/callback/"},
        {"client_id": "somebody-else"},
    ],
    ids=["no-pkce", "plain-pkce", "implicit", "other-address", "other-client"],
)
def test_given_a_wish_that_is_not_ours_when_asked_then_no_form_is_shown(
    visitor: Visitor, changes: dict[str, str | None]
):
    answer = visitor.ask(**changes)
    assert "error=" in answer.headers.get("Location", "") or answer.status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "not-it"}, "unauthorized_client"),
        ({"code_verifier": "x" * 64}, "invalid_grant"),
        ({"grant_type": "password"}, "unauthorized_client"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
    ],
)
def test_given_a_code_when_brought_without_what_belongs_to_it_then_there_is_no_token(
    visitor: Visitor,
    somebody: Callable[..., tuple[str, str]],
    changes: dict[str, str],
    error: str,
):
    email, password = somebody("member")
    wish = {
        "grant_type": "authorization_code",
        "code": code_of(visitor.log_in(email, password)),
        "username": email,
        "password": password,
        **changes,
    }
    answer = visitor.token(**wish)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error


def test_given_five_wrong_passwords_when_the_right_one_is_given_then_it_is_refused_too(
    state: StackState, somebody: Callable[..., tuple[str, str]]
):
    email, password = somebody("member")
    for _ in range(5):
        assert Visitor(state).log_in(email, "not this one").status_code == 200
    locked = Visitor(state).log_in(email, password)
    assert locked.status_code == 200 and "Location" not in locked.headers


def test_given_a_realm_of_an_earlier_start_when_the_console_has_moved_then_it_follows(
    visitor: Visitor, state: StackState
):
    moved = "http://127.0.0.1:9"
    secret, smtp = state.oidc_client_secret or "", state.ports["smtp"]
    with Admin(state) as admin:
        admin.bring_up_to_date(public_url=moved, client_secret=secret, smtp_port=smtp)
        try:
            assert visitor.ask().status_code == 400
            assert visitor.ask(redirect_uri=f"{moved}/oidc/callback/").status_code == 200
        finally:
            admin.bring_up_to_date(
                public_url=state.web_url or "", client_secret=secret, smtp_port=smtp
            )
    assert visitor.ask().status_code == 200


def test_given_a_person_when_added_again_then_their_password_stays(
    state: StackState, somebody: Callable[..., tuple[str, str]]
):
    email, password = somebody("member")
    with Admin(state) as admin:
        assert not admin.add_person(email=email, password="another one, longer", roles=["member"])
    assert Visitor(state).log_in(email, password).status_code == 302


def test_given_a_short_password_when_a_person_is_added_then_refused_in_words(
    state: StackState,
):
    with Admin(state) as admin, pytest.raises(Refused, match="12 characters"):
        admin.add_person(email="short@example.com", password="elevenchars", roles=["member"])


def test_given_a_running_keycloak_when_looked_at_then_its_secrets_are_in_0600_files_only(
    keycloak: RunningStack, state: StackState
):
    arguments = b"".join(
        Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        for pid in keycloak.everything()
    ).decode()
    assert "kc.home.dir" in arguments
    assert not [name for name, secret in state.secrets.items() if secret in arguments]
    words = [state.secrets[name].encode() for name in ("keycloak-admin", "oidc-client")]
    homes = [path for path in (keycloak.state_dir / "keycloak").rglob("*") if path.is_file()]
    holders = [path for path in homes if any(word in path.read_bytes() for word in words)]
    assert {path.name for path in holders} == {"keycloak.conf", "catalyst-realm.json"}
    assert [path for path in holders if path.stat().st_mode & 0o077] == []
    logs = b"".join(path.read_bytes() for path in (keycloak.state_dir / "logs").glob("*.log"))
    assert not [word for word in words if word in logs]


def test_given_the_tables_kept_for_other_stacks_when_read_then_no_row_of_a_realm_is_in_them(
    keycloak: RunningStack,
):
    kept = (program("keycloak").parents[2] / "schema.sql").read_text()
    filled = set(re.findall(r"^(?:INSERT INTO|COPY) (?:public\.)?(\w+)", kept, re.MULTILINE))
    assert filled == {"databasechangelog", "databasechangeloglock"}
    assert "CREATE TABLE public.realm (" in kept


def test_given_a_running_keycloak_when_asked_without_its_administrator_then_it_tells_nothing(
    state: StackState,
):
    answer = httpx.get(f"{state.keycloak_url}/admin/realms/catalyst/users", trust_env=False)
    assert answer.status_code == 401
