"""The volumes of a Pod as folders of ours: made before its containers start, kept up while it runs.

emptyDir, configMap, secret, downwardAPI, projected, hostPath and persistentVolumeClaim.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from infra.localcloud.machines.cluster.api import ApiProblem, Json
from infra.localcloud.machines.kubelet import identity
from infra.localcloud.machines.kubelet.container import Mount
from infra.localcloud.machines.kubelet.objects import NotYet, Sources, field, resource
from infra.localcloud.machines.layout import write_private

_TOKEN_SECONDS = 3600
_READ_ONLY = {"configMap", "secret", "downwardAPI", "projected"}
# As the kubelet makes an emptyDir and the local-path provisioner a claim: for every user.
_EVERYBODY, _SET_GROUP, _GROUP_READS, _GROUP_WRITES = 0o777, 0o2000, 0o440, 0o060


class Volumes:
    """All volumes of one Pod below `folder`. `root`: the disk of the machine."""

    def __init__(self, sources: Sources, pod: Json, folder: Path, root: Path) -> None:
        self._sources = sources
        self._pod = pod
        self._folder = folder
        self._root = root
        self._listed: dict[str, Json] = {v["name"]: v for v in pod["spec"].get("volumes") or []}
        self._places: dict[str, Path] = {}
        # The group they are given to, if any.
        self._group = identity.fs_group(pod)
        self._tokens: dict[str, tuple[bytes, float]] = {}

    async def make(self) -> None:
        """Have all of them with their contents. Raises NotYet."""
        for name, volume in self._listed.items():
            if (source := volume.get("hostPath")) is not None:
                self._places[name] = self._on_disk(source["path"])
            elif (source := volume.get("persistentVolumeClaim")) is not None:
                self._places[name] = await self._claimed(source["claimName"])
                self._give(self._places[name])
            else:
                self._places[name] = self._folder / name
                self._places[name].mkdir(parents=True, exist_ok=True)
                self._places[name].chmod(0o755 if _READ_ONLY & volume.keys() else _EVERYBODY)
                self._give(self._places[name])
        await self.refresh()

    async def refresh(self) -> None:
        """Write the contents that come from the API again where they changed. Raises NotYet."""
        for name, volume in self._listed.items():
            if not _READ_ONLY & volume.keys():
                continue
            wanted = await self._contents(volume)
            place = self._places[name]
            for path, (content, mode) in wanted.items():
                target = place / path
                if not target.exists() or target.read_bytes() != content:
                    write_private(target, content, mode)
                    for group in self._group:
                        os.chown(target, -1, group)
                        target.chmod(mode | _GROUP_READS)
            for old in [path for path in place.rglob("*") if path.is_file()]:
                if str(old.relative_to(place)) not in wanted:
                    old.unlink()

    def mounts(self, container: Json, expand: Callable[[str], str]) -> list[Mount]:
        """Where this container sees them. `expand`: puts its variables into a text."""
        return [self._mount(entry, expand) for entry in container.get("volumeMounts") or []]

    def _mount(self, entry: Json, expand: Callable[[str], str]) -> Mount:
        volume = self._listed[entry["name"]]
        source = self._places[entry["name"]]
        inside = entry.get("subPath") or expand(entry.get("subPathExpr") or "")
        if inside:
            whole, source = source, source / inside
            if not source.exists():
                if _READ_ONLY & volume.keys():
                    raise NotYet("CreateContainerConfigError", f"{entry['name']} has no {inside}")
                source.mkdir(parents=True)
                os.chown(source, whole.stat().st_uid, whole.stat().st_gid)
                source.chmod(whole.stat().st_mode & 0o7777)
        read_only = bool(entry.get("readOnly")) or bool(_READ_ONLY & volume.keys())
        return Mount(source, entry["mountPath"], read_only)

    def _give(self, place: Path) -> None:
        """To the group that the Pod names, with all that is in it, once."""
        for group in self._group:
            if place.stat().st_gid == group:
                continue
            # The folder last: it tells whether the rest is done.
            for path in (*place.rglob("*"), place):
                if path.is_symlink():
                    continue
                os.chown(path, -1, group)
                folder = _SET_GROUP | 0o010 if path.is_dir() else 0
                path.chmod(path.stat().st_mode & 0o7777 | _GROUP_WRITES | folder)

    def _on_disk(self, path: str) -> Path:
        place = self._root / path.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        return place

    async def _claimed(self, name: str) -> Path:
        api = self._sources.api
        try:
            claim = await api.get(
                f"/api/v1/namespaces/{self._sources.namespace}/persistentvolumeclaims/{name}"
            )
            if claim.get("status", {}).get("phase") != "Bound":
                raise NotYet("FailedMount", f"claim {name!r} is not bound")
            volume = await api.get(f"/api/v1/persistentvolumes/{claim['spec']['volumeName']}")
        except ApiProblem as problem:
            raise NotYet("FailedMount", f"claim {name!r}: {problem.reason}") from None
        source = volume["spec"].get("hostPath") or volume["spec"].get("local")
        if source is None:
            raise NotYet("FailedMount", f"claim {name!r} is bound to a volume of another kind")
        place = self._root / str(source["path"]).lstrip("/")
        if not place.exists():
            place.mkdir(parents=True)
            place.chmod(_EVERYBODY)
        return place

    async def _contents(self, volume: Json) -> dict[str, tuple[bytes, int]]:
        """Content and mode by path."""
        if projected := volume.get("projected"):
            result: dict[str, tuple[bytes, int]] = {}
            for source in projected.get("sources") or []:
                result |= await self._one(source, projected.get("defaultMode", 0o644))
            return result
        return await self._one(volume, 0o644)

    async def _one(self, source: Json, mode: int) -> dict[str, tuple[bytes, int]]:
        if told := source.get("serviceAccountToken"):
            return {told["path"]: (await self._token(told), 0o600)}
        if told := source.get("downwardAPI"):
            mode = told.get("defaultMode", mode)
            return {
                item["path"]: (self._downward(item), item.get("mode") or mode)
                for item in told.get("items") or []
            }
        for kind, read in (
            ("configMap", self._sources.config_map),
            ("secret", self._sources.secret),
        ):
            if told := source.get(kind):
                name = told.get("name") or told["secretName"]
                found = await read(name, optional=told.get("optional", False))
                return _picked(found, told, told.get("defaultMode", mode))
        raise NotYet("FailedMount", f"no such kind of volume here: {', '.join(source)}")

    def _downward(self, item: Json) -> bytes:
        if reference := item.get("fieldRef"):
            return field(self._pod, reference["fieldPath"]).encode()
        reference = item["resourceFieldRef"]
        (owner,) = (
            container
            for container in self._pod["spec"]["containers"]
            if container["name"] == reference["containerName"]
        )
        return resource(owner, reference["resource"]).encode()

    async def _token(self, told: Json) -> bytes:
        audience, seconds = (
            told.get("audience") or "",
            told.get("expirationSeconds", _TOKEN_SECONDS),
        )
        kept, good_until = self._tokens.get(audience, (b"", 0.0))
        if time.monotonic() < good_until:
            return kept
        metadata = self._pod["metadata"]
        account = self._pod["spec"].get("serviceAccountName") or "default"
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {
                "audiences": [audience] if audience else [],
                "expirationSeconds": seconds,
                "boundObjectRef": {
                    "kind": "Pod",
                    "apiVersion": "v1",
                    "name": metadata["name"],
                    "uid": metadata["uid"],
                },
            },
        }
        path = f"/api/v1/namespaces/{self._sources.namespace}/serviceaccounts/{account}/token"
        try:
            answer = await self._sources.api.create(path, body)
        except ApiProblem as problem:
            raise NotYet("FailedMount", f"token of {account!r}: {problem}") from None
        token = str(answer["status"]["token"]).encode()
        # The kubelet proper renews at 80 % as well.
        self._tokens[audience] = token, time.monotonic() + 0.8 * seconds
        return token


def _picked(found: dict[str, bytes], told: Json, mode: int) -> dict[str, tuple[bytes, int]]:
    """The keys asked for at the paths asked for; without `items` every key under its own name."""
    if not told.get("items"):
        return {key: (value, mode) for key, value in found.items()}
    missing = [item["key"] for item in told["items"] if item["key"] not in found]
    if missing and not told.get("optional"):
        raise NotYet("FailedMount", f"no key {missing[0]!r}")
    return {
        item["path"]: (found[item["key"]], item.get("mode") or mode)
        for item in told["items"]
        if item["key"] in found
    }
