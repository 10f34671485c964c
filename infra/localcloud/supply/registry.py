"""The OCI registry: the program `distribution` with a folder, no users, plain HTTP."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from pathlib import Path

import httpx

from infra.localcloud.internet.child import Child

READY_SECONDS = 20.0
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class RegistryProblem(RuntimeError):
    """The registry does not answer, or not as the OCI distribution specification says."""


class Registry:
    """`host`: address and port it listens at. `folder`: what it keeps."""

    def __init__(self, program: Path, host: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self.host = host
        self.child = Child(name="registry", prepare=self._argv, log_file=folder / "registry.log")

    async def start(self) -> None:
        """Return when it answers. Raises RegistryProblem, OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        await self.child.start()
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            for _ in range(int(READY_SECONDS / 0.1)):
                try:
                    (await client.get(f"http://{self.host}/v2/")).raise_for_status()
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)
                else:
                    return
        raise RegistryProblem(f"no answer from {self.host}; log: {self._folder / 'registry.log'}")

    async def stop(self) -> None:
        await self.child.stop()

    async def _argv(self) -> Sequence[str]:
        # YAML that is JSON: https://distribution.github.io/distribution/about/configuration/
        told = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self._folder / "blobs")}},
            # Signs the state of uploads; one that lives as long as the program is enough.
            "http": {"addr": self.host, "secret": secrets.token_hex(16)},
        }
        path = self._folder / "registry.yml"
        path.touch(mode=0o600)
        path.write_text(json.dumps(told))
        return (str(self._program), "serve", str(path))


def annotations(host: str, repository: str, tag: str) -> dict[str, str] | None:
    """Those of a manifest, or None when there is no such tag. Raises RegistryProblem."""
    url = f"http://{host}/v2/{repository}/manifests/{tag}"
    try:
        answer = httpx.get(url, headers={"Accept": _MANIFEST}, trust_env=False, timeout=10)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        found: dict[str, str] = answer.raise_for_status().json().get("annotations") or {}
    except httpx.HTTPError as error:
        raise RegistryProblem(f"{url}: {error}") from error
    return found
