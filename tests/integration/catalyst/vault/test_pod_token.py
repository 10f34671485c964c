"""Logging in at OpenBao as a Pod does: its token file instead of a secret id.

OpenBao's `jwt` method is mounted where `kubernetes` would be: the same request, and the signature
is checked against the cluster's public key. With a review by a real API server:
tests/integration/localcloud/cluster/test_operators_external_secrets.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from catalyst.embedded.openbao.policies import LEASE
from catalyst.vault import keys
from catalyst.vault import services as vault
from catalyst.vault.openbao.session import session
from catalyst.vault.problems import RoleRefused, VaultAway
from catalyst.vault.secret import Secret
from tests.integration.catalyst.vault.conftest import OWNER, Use
from tests.security.issuer import rsa_key

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("vault")]
AUDIENCE = "openbao"
WEB, STRANGER = "system:serviceaccount:catalyst:web", "system:serviceaccount:other:web"


@pytest.fixture(scope="module")
def cluster_key() -> rsa.RSAPrivateKey:
    return rsa_key()


@pytest.fixture
def token_file(
    root: Any, use: Use, tmp_path: Path, cluster_key: rsa.RSAPrivateKey
) -> Iterator[Path]:
    """OpenBao believes tokens that the cluster signed, for one account; we log in with this."""
    public = cluster_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    root.sys.enable_auth_method("jwt", path="kubernetes")
    root.write_data("auth/kubernetes/config", data={"jwt_validation_pubkeys": [public.decode()]})
    role = {
        "role_type": "jwt",
        "bound_audiences": [AUDIENCE],
        "bound_subject": WEB,
        "user_claim": "sub",
        "token_policies": ["catalyst-web"],
        "token_no_default_policy": True,
        **LEASE,
    }
    root.write_data("auth/kubernetes/role/catalyst-web", data=role)
    file = tmp_path / "token"
    use(
        "openbao",
        role="catalyst-web",
        openbao_login="kubernetes",
        openbao_token_file=file,
        openbao_secret_id_file=None,
    )
    yield file
    root.sys.disable_auth_method("kubernetes")


def signed(key: rsa.RSAPrivateKey, subject: str = WEB, *, seconds: int = 600) -> str:
    now = int(time.time())
    claims = {"sub": subject, "aud": AUDIENCE, "iat": now - 3600, "exp": now + seconds}
    return jwt.encode(claims, key, algorithm="RS256")


def put() -> str:
    return vault.put(purpose="test", secret=Secret("mine"), owner=OWNER)


def test_given_a_pods_token_when_it_is_renewed_in_its_file_then_the_next_log_in_takes_the_new_one(
    token_file: Path, cluster_key: rsa.RSAPrivateKey, root: Any
) -> None:
    token_file.write_text(signed(cluster_key) + "\n")
    reference = put()
    token_file.write_text(signed(cluster_key, STRANGER))
    assert vault.get(reference).reveal() == "mine", "by the lease that it has"
    root.sys.revoke_prefix("auth/kubernetes/login")
    with pytest.raises(VaultAway):
        vault.get(reference)
    token_file.write_text(signed(cluster_key))
    assert vault.get(reference).reveal() == "mine"


def test_given_a_pods_token_when_it_is_another_accounts_forged_over_or_gone_then_refused_as_away(
    token_file: Path, cluster_key: rsa.RSAPrivateKey
) -> None:
    for token in (
        signed(cluster_key, STRANGER),
        signed(rsa_key()),
        signed(cluster_key, seconds=-600),
        "",
    ):
        token_file.write_text(token)
        session.cache_clear()
        with pytest.raises(VaultAway):
            put()
    token_file.unlink()
    session.cache_clear()
    with pytest.raises(VaultAway):
        put()


def test_given_a_pods_role_when_it_wants_more_then_it_may_what_the_role_may_and_no_more(
    token_file: Path, cluster_key: rsa.RSAPrivateKey
) -> None:
    token_file.write_text(signed(cluster_key))
    reference = put()
    with pytest.raises(RoleRefused):
        list(keys.values().paths())
    assert vault.get(reference).reveal() == "mine"
