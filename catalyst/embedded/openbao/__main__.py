"""`python -m catalyst.embedded.openbao`: run after each start of the server; part of the stack.

The unseal key and the root token are files beside the stack's other secrets, 0600. That protects
from nobody who has this machine, as everything on a laptop does.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import hvac
import requests

from catalyst.embedded.openbao.policies import KEY, LEASE, MOUNT, POLICIES, VALUES
from catalyst.embedded.private_files import read_private, write_private
from catalyst.embedded.state import StackState

_ELECTION_SECONDS = 30.0


class KeysLost(Exception):
    """OpenBao was initialised, and its unseal key is nowhere: what it holds is gone."""


def main() -> None:
    state = StackState.load()
    client = connect(state)
    unseal(client, state.secrets_dir)
    client.token = read_private(state.secrets_dir / "openbao-root-token")
    furnish(client, state)


def connect(state: StackState) -> Any:
    session = requests.Session()
    session.trust_env = False
    return hvac.Client(url=state.openbao_url, session=session, timeout=10)


def unseal(client: Any, folder: Path) -> None:
    """Raises KeysLost, TimeoutError."""
    unseal_key = folder / "openbao-unseal-key"
    if not client.sys.is_initialized():
        made = client.sys.initialize(secret_shares=1, secret_threshold=1)
        write_private(unseal_key, made["keys_base64"][0])
        write_private(folder / "openbao-root-token", made["root_token"])
    if client.sys.is_sealed():
        key = read_private(unseal_key)
        if key is None:
            raise KeysLost(f"{unseal_key} is gone: make clean-state starts anew")
        client.sys.submit_unseal_key(key)
    deadline = time.monotonic() + _ELECTION_SECONDS
    while not _leads(client):
        if time.monotonic() > deadline:
            raise TimeoutError("OpenBao did not become its own leader")
        time.sleep(0.05)


def _leads(client: Any) -> bool:
    """Unsealed, one takes a moment to elect oneself; until then every call is refused."""
    return bool(client.sys.read_leader_status().get("is_self"))


def furnish(client: Any, state: StackState) -> None:
    """The key, the policies and the roles; what is there is made as it should be."""
    mounted = client.sys.list_mounted_secrets_engines()["data"]
    if f"{MOUNT}/" not in mounted:
        client.sys.enable_secrets_engine("transit", path=MOUNT)
    if f"{VALUES}/" not in mounted:
        client.sys.enable_secrets_engine("kv", path=VALUES, options={"version": "2"})
    _only_once(client)
    # Making a key that exists changes nothing.
    client.secrets.transit.create_key(name=KEY, derived=True, mount_point=MOUNT)
    if "approle/" not in client.sys.list_auth_methods()["data"]:
        client.sys.enable_auth_method("approle")
    for name, policy in POLICIES.items():
        client.sys.create_or_update_policy(name, policy)
        client.auth.approle.create_or_update_approle(
            name, token_policies=[name], token_no_default_policy=True, **LEASE
        )
        client.auth.approle.update_role_id(name, role_id=name)
        _keep_secret_id(client, name, state.secrets[f"openbao-{name}"])


def _only_once(client: Any) -> None:
    """A path is written once. A new engine answers a moment later than it is there."""
    deadline = time.monotonic() + _ELECTION_SECONDS
    while True:
        try:
            client.secrets.kv.v2.configure(max_versions=1, cas_required=True, mount_point=VALUES)
        except hvac.exceptions.InvalidRequest:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _keep_secret_id(client: Any, role: str, secret_id: str) -> None:
    approle = client.auth.approle
    if not isinstance(approle.read_secret_id(role, secret_id), dict):  # 204: it knows none
        approle.create_custom_secret_id(role, secret_id)


if __name__ == "__main__":
    main()
