"""The registry of the local internet, as its registrars talk to it."""

from collections.abc import Mapping, Sequence

import httpx


class Refused(Exception):
    """The registry does not take this delegation; the text is its own."""


class Registry:
    """One connection; a registrar never tells resolvers anything, caches run out by themselves."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=10
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def delegate(
        self,
        domain: str,
        *,
        nameservers: Sequence[str],
        ds: Sequence[str],
        glue: Mapping[str, Sequence[str]],
        ttl: int | None = None,
    ) -> None:
        """Replace what the parent says; it has a TTL of its own. Raises Refused."""
        body = {
            "nameservers": list(nameservers),
            "ds": list(ds),
            "glue": {host: list(found) for host, found in glue.items()},
            **({} if ttl is None else {"ttl": ttl}),
        }
        answer = await self._http.put(f"/domains/{domain}", json=body)
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            raise Refused(answer.json()["detail"])
        answer.raise_for_status()

    async def remove(self, domain: str) -> None:
        answer = await self._http.delete(f"/domains/{domain}")
        if answer.status_code != httpx.codes.NOT_FOUND:
            answer.raise_for_status()
