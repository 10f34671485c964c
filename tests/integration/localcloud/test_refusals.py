"""Who is refused, with which status and code, and in which order."""

from __future__ import annotations

import secrets

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.integration.localcloud.running import LocalCloud


def ssh_public_key() -> str:
    public = Ed25519PrivateKey.generate().public_key()
    openssh = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return public.public_bytes(*openssh).decode()


@pytest.mark.parametrize("token", ["-", "short", secrets.token_hex(32)])
def test_given_a_token_nobody_was_given_when_listing_then_unauthorized(
    cloud: LocalCloud, token: str
) -> None:
    answer = cloud.call("GET", "/servers", token=token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")


def test_given_a_read_only_token_when_writing_nonsense_then_forbidden_before_the_body_is_read(
    cloud: LocalCloud,
) -> None:
    token = cloud.token(cloud.project(), "ro")

    answer = cloud.call("POST", "/ssh_keys", token=token, content=b"{nonsense")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert cloud.call("GET", "/ssh_keys", token=token).status_code == 200


def test_given_a_read_write_token_when_the_body_lacks_fields_then_they_are_named(
    cloud: LocalCloud, token: str
) -> None:
    answer = cloud.call("POST", "/ssh_keys", token=token, json={})

    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "invalid_input"
    assert {field["name"] for field in error["details"]["fields"]} == {"name", "public_key"}


def test_given_a_body_that_is_not_json_when_writing_then_json_error(
    cloud: LocalCloud, token: str
) -> None:
    answer = cloud.call("POST", "/ssh_keys", token=token, content=b"{nonsense")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "json_error")


@pytest.mark.parametrize(
    "path", ["/servers/1", "/actions/1", "/images/1", "/nothing", "/servers/x"]
)
def test_given_something_that_is_not_there_when_asked_then_not_found(
    cloud: LocalCloud, token: str, path: str
) -> None:
    answer = cloud.call("GET", path, token=token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_given_a_resource_of_another_project_when_asked_then_not_found(
    cloud: LocalCloud, token: str
) -> None:
    wish = {"name": "mine", "public_key": ssh_public_key()}
    made = cloud.call("POST", "/ssh_keys", token=token, json=wish).json()["ssh_key"]

    answer = cloud.call("GET", f"/ssh_keys/{made['id']}", token=cloud.token(cloud.project()))

    assert answer.status_code == 404


def test_given_a_wrong_method_when_asked_then_method_not_allowed(
    cloud: LocalCloud, token: str
) -> None:
    answer = cloud.call("DELETE", "/locations/1", token=token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


def test_given_any_answer_then_it_says_what_is_left_of_the_rate_limit(
    cloud: LocalCloud, token: str
) -> None:
    first = cloud.call("GET", "/locations", token=token).headers
    second = cloud.call("GET", "/servers/1", token=token).headers

    assert first["RateLimit-Limit"] == second["RateLimit-Limit"] == "3600"
    assert int(second["RateLimit-Remaining"]) in (3597, 3598, 3599)
    assert int(second["RateLimit-Reset"]) >= int(first["RateLimit-Reset"])


def test_given_a_key_that_is_no_key_when_uploaded_then_invalid_input(
    cloud: LocalCloud, token: str
) -> None:
    wish = {"name": "odd", "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBad"}

    answer = cloud.call("POST", "/ssh_keys", token=token, json=wish)

    fields = answer.json()["error"]["details"]["fields"]
    assert (answer.status_code, fields[0]["name"]) == (422, "public_key")


def test_given_no_admin_key_when_asking_for_a_project_then_unauthorized(cloud: LocalCloud) -> None:
    wrong = {"Authorization": "Bearer wrong"}

    answer = httpx.post(
        f"{cloud.admin}/projects", json={"name": "x"}, headers=wrong, trust_env=False
    )

    assert answer.status_code == 401
