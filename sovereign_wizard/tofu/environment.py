"""The environment tofu runs in: built from nothing, so that no variable of ours leaks to a plugin.

The only way a secret reaches tofu. It must never be printed, stored or inherited.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalyst.vault.secret import Secret

# Where Debian, and every image we ship, keeps what tofu's providers might call.
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"

# tofu's lowest. Rounds slow down guessing of what people choose; our passphrase is 256 random bits.
_ITERATIONS = 200_000


@dataclass(frozen=True, slots=True)
class Environment:
    """Variables for one tofu process. Values are shown to nobody but `reveal()`'s caller."""

    _values: Mapping[str, str] = field(repr=False)

    def reveal(self) -> dict[str, str]:
        """Plain name → value, for `execve` only."""
        return dict(self._values)

    def names(self) -> frozenset[str]:
        return frozenset(self._values)


def build(
    *,
    workdir: Path,
    cli_config: Path,
    token: Secret,
    state_dsn: Secret,
    state_passphrase: Secret,
    variables: Mapping[str, Secret],
    endpoint: str | None = None,
    ca_bundle: Path | None = None,
) -> Environment:
    """Everything tofu and its provider need, and nothing else.

    - `workdir`: private work directory; also HOME and TMPDIR.
    - `cli_config`: the CLI configuration that names the provider mirror.
    - `token`: Hetzner token, 64 characters, read by the provider as HCLOUD_TOKEN.
    - `state_dsn`: libpq connection string of the `pg` backend.
    - `state_passphrase`: 256 random bits as text; encrypts state and plan.
    - `variables`: secret module variables by name, passed as TF_VAR_<name>.
    - `endpoint`: another Hetzner API address, e.g. the local cloud's `http://…/v1`.
    - `ca_bundle`: trust store for `endpoint` when it is not publicly trusted.
    """
    values = {
        "PATH": SYSTEM_PATH,
        "HOME": str(workdir),
        "TMPDIR": str(workdir),
        "LANG": "C.UTF-8",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "TF_CLI_CONFIG_FILE": str(cli_config),
        "CHECKPOINT_DISABLE": "1",
        "HCLOUD_TOKEN": token.reveal(),
        "PG_CONN_STR": state_dsn.reveal(),
        "TF_ENCRYPTION": encryption(state_passphrase),
    }
    if endpoint:
        values["HCLOUD_ENDPOINT"] = endpoint
    if ca_bundle:
        values["SSL_CERT_FILE"] = str(ca_bundle)
    for name, secret in variables.items():
        values[f"TF_VAR_{name}"] = secret.reveal()
    return Environment(values)


def encryption(passphrase: Secret) -> str:
    """TF_ENCRYPTION document: state and plan in AES-GCM under a PBKDF2 key, plain text refused.

    https://opentofu.org/docs/language/state/encryption/ (JSON form of the `encryption` block).
    """
    # Strings of a JSON body are HCL templates.
    literal = passphrase.reveal().replace("${", "$${").replace("%{", "%%{")
    # `method` is a reference, `keys` an expression: only the latter is written as a template.
    sealed = {"method": "method.aes_gcm.deployment", "enforced": True}
    return json.dumps(
        {
            "key_provider": {
                "pbkdf2": {"deployment": {"passphrase": literal, "iterations": _ITERATIONS}}
            },
            "method": {"aes_gcm": {"deployment": {"keys": "${key_provider.pbkdf2.deployment}"}}},
            "state": sealed,
            "plan": sealed,
        }
    )
