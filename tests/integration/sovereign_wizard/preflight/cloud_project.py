"""A project of its own at the local cloud, and faults that strike only there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from catalyst.embedded.state import StackState
from catalyst.vault.secret import Secret


def _ask(url: str, key: str, method: str, path: str, **rest: Any) -> httpx.Response:
    answer = httpx.request(
        method,
        f"{url}{path}",
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
        timeout=20,
        **rest,
    )
    return answer.raise_for_status()


def admin(method: str, path: str, **rest: Any) -> httpx.Response:
    """One request at the cloud's admin port."""
    state = StackState.load()
    url, key = state.localcloud_admin_url or "", state.localcloud_admin_key or ""
    return _ask(url, key, method, path, **rest)


@dataclass(frozen=True, slots=True)
class CloudProject:
    """`api()` is what its owner does there by hand."""

    id: int
    token: Secret

    @classmethod
    def new(cls, access: str = "rw") -> CloudProject:
        identifier = int(admin("POST", "/projects", json={"name": "preflight"}).json()["id"])
        made = admin("POST", f"/projects/{identifier}/tokens", json={"access": access})
        return cls(identifier, Secret(made.json()["token"]))

    def api(self, method: str, path: str, **rest: Any) -> httpx.Response:
        endpoint = StackState.load().hcloud_endpoint or ""
        return _ask(endpoint, self.token.reveal(), method, path, **rest)

    def make_network(self, name: str, **labels: str) -> None:
        wish = {"name": name, "ip_range": "10.0.0.0/16", "labels": labels}
        self.api("POST", "/networks", json=wish)

    @contextmanager
    def fault(self, kind: str, *, times: int | None = None, **rest: Any) -> Iterator[int]:
        """A fault for this project; yields its id. Over with the block."""
        match = {"project": self.id, **rest.pop("match", {})}
        wish = {"kind": kind, "match": match, "times": times, **rest}
        fault = int(admin("POST", "/faults", json=wish).json()["id"])
        try:
            yield fault
        finally:
            admin("DELETE", f"/faults/{fault}")


def hits(fault: int) -> int:
    """How many requests it struck."""
    listed = admin("GET", "/faults").json()["faults"]
    return int(next(entry for entry in listed if entry["id"] == fault)["hits"])
