"""How a further control plane becomes a member of the cluster's etcd: learner first, then voter.

As k3s does it: until it has everything, a new member must not count for the majority. Asked over
etcd's JSON gateway (etcd documentation, "gRPC gateway"); it takes the same certificates.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import Sequence
from typing import Any

import httpx

from infra.localcloud.machines.control_plane.pki import Pair

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 0.5
_ASK_SECONDS = 5.0


class Members:
    """The members as those at `endpoints` (client URLs) see them; any that answers will do."""

    def __init__(self, endpoints: Sequence[str], *, authority: Pair, client: Pair) -> None:
        self._endpoints = endpoints
        self._trust = ssl.create_default_context(cafile=authority.certificate)
        self._trust.load_cert_chain(client.certificate, client.key)

    async def listed(self) -> list[dict[str, Any]]:
        """Members: name (none before its first start), ID, peerURLs, isLearner.

        Raises httpx.HTTPError.
        """
        members: list[dict[str, Any]] = (await self._ask("list", {}))["members"]
        return members

    async def join(self, name: str, peer: str) -> str:
        """Add us as a learner, unless we are there; insists. Returns `--initial-cluster`."""
        while True:
            try:
                members = await self.listed()
                if not any(peer in each["peerURLs"] for each in members):
                    # Refused while another learner catches up, or a member is not well.
                    asked = {"peerURLs": [peer], "isLearner": True}
                    members = (await self._ask("add", asked))["members"]
            except httpx.HTTPError as error:
                log.info("etcd does not take %s in yet: %s", name, error)
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                # Without a name is only the one that has not started yet: we.
                pairs = [(each.get("name") or name, each["peerURLs"][0]) for each in members]
                return ",".join(f"{called}={url}" for called, url in pairs)

    async def promote(self, peer: str) -> None:
        """Make us a voter as soon as we have caught up; insists."""
        while True:
            try:
                members = await self.listed()
                ours = next(each for each in members if peer in each["peerURLs"])
                if not ours.get("isLearner"):
                    return
                await self._ask("promote", {"ID": ours["ID"]})
            except (httpx.HTTPError, StopIteration) as error:
                log.info("not a voter of etcd yet: %s", error)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _ask(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """Raises httpx.HTTPError, the last endpoint's, when none answers well."""
        last: httpx.HTTPError = httpx.HTTPError("no endpoint")
        async with httpx.AsyncClient(
            verify=self._trust, trust_env=False, timeout=_ASK_SECONDS
        ) as client:
            for endpoint in self._endpoints:
                try:
                    url = f"{endpoint}/v3/cluster/member/{what}"
                    answer = await client.post(url, content=json.dumps(body))
                    answer.raise_for_status()
                except httpx.HTTPError as error:
                    last = error
                else:
                    found: dict[str, Any] = answer.json()
                    return found
        raise last
