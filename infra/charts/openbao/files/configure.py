"""Initialises OpenBao once and gives it what the Sovereign needs; every step is safe to run again.

The keys go into the Secret that KEPT_IN names before anything else is done with them. With the
root token it makes a role for this Job's own account, then revokes the token; later runs log in by
that role. Environment: BAO_ADDR, NAMESPACE, KEPT_IN, SECONDS_TO_WAIT. What is wanted:
/etc/configure/wanted.json (`mount`, `kubernetes`, `policies`, `roles`). Source of the paths:
OpenBao's HTTP API (sys/init, sys/mounts, sys/auth, sys/policies/acl, auth/kubernetes).
"""

from __future__ import annotations

import base64
import json
import os
import ssl
import sys
import time
from pathlib import Path
from typing import Any

import httpx

ACCOUNT = Path(os.environ.get("SERVICE_ACCOUNT", "/var/run/secrets/kubernetes.io/serviceaccount"))
WANTED = Path(os.environ.get("WANTED", "/etc/configure/wanted.json"))
OWN_ROLE = "configure"
OWN_POLICY = """
path "sys/mounts/*" { capabilities = ["create", "read", "update"] }
path "sys/mounts" { capabilities = ["read"] }
path "sys/policies/acl/*" { capabilities = ["create", "read", "update"] }
path "auth/kubernetes/*" { capabilities = ["create", "read", "update"] }
"""


def jwt() -> str:
    return (ACCOUNT / "token").read_text().strip()


def kubernetes() -> httpx.Client:
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    return httpx.Client(
        base_url=f"https://{host}:{port}",
        verify=ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt")),
        headers={"Authorization": f"Bearer {jwt()}"},
        timeout=20,
    )


def keep(keys: dict[str, str | None], *, until: float) -> None:
    """Write into the Secret; None takes a key out. Tries on: after `init` the keys are nowhere
    else, so giving up would lose them."""
    name, namespace = os.environ["KEPT_IN"], os.environ["NAMESPACE"]
    body = {
        "stringData": {key: value for key, value in keys.items() if value is not None},
        "data": {key: None for key, value in keys.items() if value is None},
    }
    with kubernetes() as api:
        while True:
            try:
                api.patch(
                    f"/api/v1/namespaces/{namespace}/secrets/{name}",
                    content=json.dumps(body),
                    headers={"Content-Type": "application/merge-patch+json"},
                ).raise_for_status()
                return
            except httpx.HTTPError as error:
                if time.monotonic() > until:
                    raise
                print(f"Secret {name} can not be written yet: {type(error).__name__}", flush=True)
                time.sleep(2)


def kept_root_token() -> str:
    """The root token, if an earlier run was stopped before it could revoke it."""
    name, namespace = os.environ["KEPT_IN"], os.environ["NAMESPACE"]
    with kubernetes() as api:
        answer = api.get(f"/api/v1/namespaces/{namespace}/secrets/{name}").raise_for_status()
    return base64.b64decode((answer.json().get("data") or {}).get("root-token", "")).decode()


def ask(bao: httpx.Client, path: str, field: str, *allowed: bool, until: float) -> bool:
    """Ask until OpenBao answers with one of the `allowed` values of `field`."""
    while True:
        try:
            value = bool(bao.get(path).raise_for_status().json()[field])
            if value in allowed:
                return value
        except (httpx.HTTPError, ValueError, KeyError):
            pass
        if time.monotonic() > until:
            sys.exit(f"OpenBao does not answer, or not with {field} in {allowed}")
        time.sleep(1)


def initialise(bao: httpx.Client, *, until: float) -> None:
    if ask(bao, "/v1/sys/init", "initialized", True, False, until=until):
        return
    # The seal key is the chart's, so these are recovery keys: they make a new root token.
    made = bao.put("/v1/sys/init", json={"recovery_shares": 1, "recovery_threshold": 1})
    keys = made.raise_for_status().json()
    keep(
        {"recovery-key": keys["recovery_keys_base64"][0], "root-token": keys["root_token"]},
        until=until,
    )
    print("initialised; the keys are kept", flush=True)


def log_in(bao: httpx.Client) -> bool:
    """Take the root token if there is still one, else this Job's role. True: it was the former."""
    root = kept_root_token()
    if not root:
        answer = bao.post("/v1/auth/kubernetes/login", json={"role": OWN_ROLE, "jwt": jwt()})
        answer.raise_for_status()
    bao.headers["X-Vault-Token"] = root or answer.json()["auth"]["client_token"]
    return bool(root)


def configure(bao: httpx.Client, wanted: dict[str, Any]) -> None:
    def put(path: str, body: dict[str, Any]) -> None:
        bao.post(path, json=body).raise_for_status()

    mounts = bao.get("/v1/sys/mounts").raise_for_status().json()["data"]
    if f"{wanted['mount']}/" not in mounts:
        put(f"/v1/sys/mounts/{wanted['mount']}", {"type": "kv", "options": {"version": "2"}})
    if bao.get("/v1/auth/kubernetes/config").status_code != httpx.codes.OK:
        # Refused with 400 where it is on already and only its configuration is missing.
        bao.post("/v1/sys/auth/kubernetes", json={"type": "kubernetes"})
    put("/v1/auth/kubernetes/config", wanted["kubernetes"])
    own = {
        "serviceAccount": os.environ["SERVICE_ACCOUNT_NAME"],
        "namespace": os.environ["NAMESPACE"],
        "policies": [OWN_ROLE],
    }
    for name, rules in {**wanted["policies"], OWN_ROLE: OWN_POLICY}.items():
        put(f"/v1/sys/policies/acl/{name}", {"policy": rules})
    for name, role in {**wanted["roles"], OWN_ROLE: own}.items():
        put(
            f"/v1/auth/kubernetes/role/{name}",
            {
                "bound_service_account_names": [role["serviceAccount"]],
                "bound_service_account_namespaces": [role["namespace"]],
                "token_policies": role["policies"],
                "token_ttl": "1h",
            },
        )


def main() -> None:
    until = time.monotonic() + float(os.environ["SECONDS_TO_WAIT"])
    with httpx.Client(base_url=os.environ["BAO_ADDR"], timeout=20) as bao:
        initialise(bao, until=until)
        ask(bao, "/v1/sys/seal-status", "sealed", False, until=until)
        is_root = log_in(bao)
        configure(bao, json.loads(WANTED.read_text()))
        if is_root:
            bao.post("/v1/auth/token/revoke-self").raise_for_status()
            keep({"root-token": None}, until=until)
    print("configured", flush=True)


if __name__ == "__main__":
    try:
        main()
    except httpx.HTTPStatusError as failed:
        # OpenBao's own words say what is wrong; a refusal holds no secret.
        sys.exit(f"{failed.request.url.path}: {failed.response.status_code} {failed.response.text}")
