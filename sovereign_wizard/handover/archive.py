"""The archive an owner takes away: state as OpenTofu encrypted it, module, versions, a README.

No secret is in it in the clear, and the passphrase never is: it is shown apart.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import tarfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from catalyst.problem import Conflict
from catalyst.vault.secret import Secret
from sovereign_wizard.tofu.environment import SYSTEM_PATH, encryption

MODULE = Path(settings.BASE_DIR) / "infra" / "hetzner"
README = Path(__file__).with_name("archive_readme.md")
PLACEHOLDER = Secret("THE-PASSPHRASE")
_PROVIDER = re.compile(r'source\s*=\s*"(?P<source>[^"]+)"\s+version\s*=\s*"=\s*(?P<version>[^"]+)"')


@dataclass(frozen=True, slots=True)
class About:
    """Whose archive it is. `facts` are plain JSON and hold no secret."""

    id: uuid.UUID
    fqdn: str
    facts: Mapping[str, Any]

    @property
    def folder(self) -> str:
        return f"{self.fqdn}-handover"


def build(*, about: About, state: bytes) -> bytes:
    """The archive as bytes: tar, gzip, every file 0600 (a state is nobody else's business).

    Raises Conflict when the state is not encrypted: then it is not given out.
    """
    if "encrypted_data" not in json.loads(state):
        raise Conflict("The state is not encrypted and is therefore not given out.")
    files = {
        "state.tfstate": state,
        "encryption.json": encryption(PLACEHOLDER).encode(),
        "README.md": README.read_text().replace("<fqdn>", about.fqdn).encode(),
    }
    for source in sorted(MODULE.rglob("*")):
        if source.is_file() and ".terraform" not in source.parts:
            files[f"infra/hetzner/{source.relative_to(MODULE)}"] = source.read_bytes()
    files["versions.json"] = json.dumps(_versions(about, files), indent=2).encode()
    made, now = io.BytesIO(), int(datetime.now(UTC).timestamp())
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{about.folder}/{name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, now
            tar.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def _versions(about: About, files: Mapping[str, bytes]) -> dict[str, Any]:
    provider = _PROVIDER.search((MODULE / "versions.tf").read_text())
    return {
        "deployment": str(about.id),
        "sovereign": about.fqdn,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "opentofu": _tofu_version(),
        "providers": {provider["source"]: provider["version"]} if provider else {},
        **about.facts,
        "sha256": {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)},
    }


def _tofu_version() -> str:
    binary = settings.CATALYST.tofu
    if binary is None or not binary.is_file():
        return ""
    asked = subprocess.run(
        [str(binary), "version", "-json"],
        env={"PATH": SYSTEM_PATH, "CHECKPOINT_DISABLE": "1", "HOME": "/nonexistent"},
        capture_output=True,
        timeout=30,
        check=True,
    )
    return str(json.loads(asked.stdout)["terraform_version"])
