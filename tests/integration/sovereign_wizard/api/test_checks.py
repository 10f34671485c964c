"""Questions before a wish: token, name, key pair."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from django.conf import settings
from django.db import connection

from dns.pools import services as names
from dns.pools.models import Allocation, AllocationState, Pool
from tests.integration.sovereign_wizard.api.conftest import Caller, kind
from tests.integration.sovereign_wizard.conftest import Tokens

pytestmark = pytest.mark.django_db


def test_given_tokens_when_validated_then_only_read_and_write_is_valid(
    owner: Caller, tokens: Tokens
) -> None:
    def validate(token: str) -> tuple[bool, str]:
        answer = owner.post("/credentials/validate", {"token": token, "provider": "hetzner"})
        assert answer.status_code == 200
        assert token not in answer.content.decode()
        return answer.json()["valid"], answer.json()["message"]

    assert validate(tokens.read_write)[0] is True
    assert validate(tokens.read_only) == (False, validate(tokens.read_only)[1])
    assert "only read" in validate(tokens.read_only)[1]
    assert validate("a" * 64)[0] is False


def test_given_what_cannot_be_a_token_when_validated_then_400_and_nobody_is_asked(
    owner: Caller,
) -> None:
    assert kind(owner.post("/credentials/validate", {"token": "short"})) == (400, "token-malformed")


def test_given_a_cloud_of_another_vendor_when_validated_then_422_not_a_guess(
    owner: Caller,
) -> None:
    body = {"token": "a" * 64, "provider": "aws"}

    assert kind(owner.post("/credentials/validate", body)) == (422, "invalid")


def test_given_hetzner_away_when_validated_then_503(owner: Caller, settings) -> None:
    away = settings.CATALYST.model_copy(update={"hcloud_endpoint": "http://127.0.0.1:1/v1"})
    settings.CATALYST = away

    assert kind(owner.post("/credentials/validate", {"token": "a" * 64})) == (503, "hetzner-away")


def test_given_names_when_checked_then_200_and_the_documented_reasons(
    owner: Caller, pool: Pool, name: str
) -> None:
    def check(subdomain: str, pool_domain: str = pool.domain) -> dict[str, object]:
        body = {"subdomain": subdomain, "poolDomain": pool_domain}
        answer = owner.post("/subdomains/check", body)
        assert answer.status_code == 200
        found: dict[str, object] = answer.json()
        return found

    assert check(name) | {"suggestions": []} == {
        "available": True,
        "reason": None,
        "detail": None,
        "fqdn": f"{name}.{pool.domain}",
        "suggestions": [],
    }
    assert check("-")["reason"] == "invalid-format"
    assert check("api")["reason"] == "reserved"
    assert check("omantel", "example.org")["reason"] == "unsupported-pool"
    names.reserve(pool=pool.domain, label=name, owner="x", actor="x", idempotency_key="1")
    assert check(name)["reason"] == "reserved-state"
    Allocation.objects.filter(label=name).update(state=AllocationState.RELEASING)
    assert check(name)["reason"] == "active-state", "clients know no other word for it"


def test_given_a_name_when_a_key_is_made_then_openssh_ed25519_and_kept_nowhere(
    owner: Caller,
) -> None:
    answer = owner.post("/sshkey/generate", {"fqdn": "omantel.omani.works"})
    pair = answer.json()
    private = load_ssh_private_key(pair["privateKey"].encode(), password=None)
    again = owner.post("/sshkey/generate", {})
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(a::text, '') FROM audit_event a")
        kept = str(cursor.fetchall())

    assert pair["publicKey"].startswith("ssh-ed25519 ")
    assert pair["publicKey"].endswith(" catalyst@omantel.omani.works")
    assert pair["fingerprint"].startswith("SHA256:")
    assert private.public_key().public_bytes_raw().hex() in _raw(pair["publicKey"]).hex()
    assert answer["Cache-Control"] == "no-store"
    assert again.json()["publicKey"].endswith(" catalyst")
    assert again.json()["privateKey"] != pair["privateKey"]
    assert pair["privateKey"] not in kept


def _raw(line: str) -> bytes:
    import base64

    return base64.b64decode(line.split()[1])


@pytest.mark.parametrize("path", ["/credentials/validate", "/subdomains/check", "/sshkey/generate"])
def test_given_nobody_logged_in_when_asked_then_401(anybody: Caller, path: str) -> None:
    body = {"token": "a" * 64, "subdomain": "x", "poolDomain": settings.CATALYST.pool_domains[0]}

    assert kind(anybody.post(path, body)) == (401, "not-logged-in")


def test_given_too_many_keys_when_asked_for_then_429(owner: Caller) -> None:
    statuses = [owner.post("/sshkey/generate", {}).status_code for _ in range(21)]

    assert statuses == [200] * 20 + [429]


def test_given_the_kit_when_asked_then_what_may_be_chosen_comes_after_what_it_needs(
    owner: Caller, anybody: Caller
) -> None:
    found = owner.get("/components").json()

    order = [each["id"] for each in found]
    assert order.index("external-secrets") < order.index("crossplane-claims")
    chosen = {each["id"] for each in found if not each["mandatory"]}
    assert "external-dns" in chosen and "cilium" not in chosen
    assert anybody.get("/components").status_code == 401


def test_given_the_apps_when_asked_then_those_a_wish_may_name_are_told(
    owner: Caller, anybody: Caller
) -> None:
    found = {each["id"]: each for each in owner.get("/apps").json()}

    assert found["wordpress"]["needs"] == ["mysql"]
    assert found["wordpress"]["installable"] is False
    assert not {"mysql", "dify"} & found.keys()
    assert anybody.get("/apps").status_code == 401
