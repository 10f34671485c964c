"""Every resource of the vendor's provider: create, read, update, import, delete."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.contract.localcloud.tofu_runs import ready
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_refusals import ssh_public_key

MODULE = Path(__file__).parent / "everything" / "main.tf"
KINDS = (
    "certificates", "firewalls", "floating_ips", "load_balancers", "networks", "placement_groups",
    "primary_ips", "servers", "ssh_keys", "volumes",
)  # fmt: skip

# What an import is called where it is not the id of the state (the provider's documentation).
Values = dict[str, Any]
IMPORT_IDS: dict[str, Callable[[Values], str]] = {
    "hcloud_firewall_attachment": lambda values: str(values["firewall_id"]),
    "hcloud_floating_ip_assignment": lambda values: str(values["floating_ip_id"]),
    "hcloud_load_balancer_target": lambda values: "__".join(
        (
            str(values["load_balancer_id"]),
            values["type"],
            str(values["server_id"] or values["label_selector"]),
        )
    ),
    "hcloud_volume_attachment": lambda values: str(values["volume_id"]),
}


def certificate_for(name: str) -> tuple[str, str]:
    """A self-signed certificate and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def import_blocks(state: list[dict[str, Any]]) -> str:
    def block(row: dict[str, Any]) -> str:
        name_it = IMPORT_IDS.get(row["type"], lambda values: str(values["id"]))
        return (
            f"import {{\n  to = {row['address']}\n  id = {json.dumps(name_it(row['values']))}\n}}"
        )

    return "\n".join(block(row) for row in state)


def test_given_every_resource_when_applied_changed_imported_and_destroyed_then_nothing_is_left(
    cloud: LocalCloud, token: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    certificate, private_key = certificate_for("example.org")
    given = {
        "public_key": ssh_public_key(),
        "certificate": certificate,
        "private_key": private_key,
    }
    tofu = ready(MODULE, first, cloud, token, **given)

    tofu.apply(stage="one")
    made = tofu.resources()
    assert tofu.differs(stage="one") == ""

    tofu.apply(stage="two")
    assert tofu.resources() == made, "nothing is replaced by an update"
    assert tofu.differs(stage="two") == ""

    elsewhere = ready(MODULE, second, cloud, token, **given)
    (second / "imports.tf").write_text(import_blocks(tofu.state()))
    done = elsewhere.apply(stage="two")
    assert f"{len(made)} imported, 0 added, 0 changed, 0 destroyed" in done, done
    assert elsewhere.differs(stage="two") == ""

    elsewhere.must("destroy", "-auto-approve", "-input=false", stage="two")
    left = {kind: cloud.call("GET", f"/{kind}", token=token).json()[kind] for kind in KINDS}
    assert left == {kind: [] for kind in KINDS}
    images = cloud.call("GET", "/images?type=snapshot&type=backup", token=token).json()
    assert images["images"] == []
