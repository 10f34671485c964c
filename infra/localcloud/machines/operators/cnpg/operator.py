"""Follows Clusters, their Pods and Databases: makes what is missing, tells how far each is."""

import asyncio
import logging
from base64 import b64decode
from typing import Any

from infra.localcloud.machines.cluster.api import MERGE, NOT_FOUND, Api, ApiProblem, Json
from infra.localcloud.machines.cluster.mirror import Mirror
from infra.localcloud.machines.operators.cnpg import inside, made
from infra.localcloud.machines.operators.cnpg.made import KIND_PATH, Named
from infra.localcloud.machines.operators.loop import Later, Loop, condition, find, holds, tell

log = logging.getLogger(__name__)

HEALTHY, SETTING_UP = "Cluster in healthy state", "Setting up primary"
_SOURCES = {"configMapRefs": "configmaps", "secretRefs": "secrets"}


class Operator:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._loop = Loop(self._look)
        # What each running server was made to be, so that it is not asked at every look.
        self._done: dict[str, object] = {}
        self._clusters = Mirror(api, f"{KIND_PATH}/clusters", self._cluster)
        self._pods = Mirror(api, "/api/v1/pods", self._pod, labelSelector="cnpg.io/cluster")
        self._databases = Mirror(api, f"{KIND_PATH}/databases", self._database)

    async def run(self) -> None:
        log.info("%s: a PostgreSQL of this computer for every Cluster, no replicas", made.WORDS)
        async with asyncio.TaskGroup() as group:
            for each in (self._clusters, self._pods, self._databases, self._loop):
                group.create_task(each.run())

    def _cluster(self, key: str, _: Json | None) -> None:
        self._loop.soon(key)

    def _pod(self, key: str, pod: Json | None) -> None:
        namespace, _, name = key.partition("/")
        self._loop.soon(f"{namespace}/{name.rpartition('-')[0]}")

    def _database(self, key: str, database: Json | None) -> None:
        if database is not None:
            namespace = key.partition("/")[0]
            self._loop.soon(f"{namespace}/{database['spec']['cluster']['name']}")

    async def _look(self, key: str) -> None:
        body = self._clusters.items.get(key)
        if body is None or body["metadata"].get("deletionTimestamp"):
            # What it had goes with it; nobody else would let go of its databases.
            for database in self._databases_of(key):
                await self._hold(database, wanted=False)
            return
        cluster = Named(body)
        try:
            await self._have_all(cluster)
        except Later as reason:
            await self._tell(cluster, ready=False, message=str(reason))
            raise
        pod = self._pods.items.get(f"{cluster.namespace}/{cluster.instance}")
        ready = pod is not None and holds(pod, "Ready")
        await self._tell(cluster, ready=ready, message="")
        if pod is not None and ready:
            await self._inside(cluster, str(pod["status"]["podIP"]))

    async def _have_all(self, cluster: Named) -> None:
        secrets = cluster.path("secrets")
        if cluster.owner_secret == f"{cluster.name}-app":
            if await find(self._api, f"{secrets}/{cluster.owner_secret}") is None:
                await self._api.have(secrets, made.app_secret(cluster))
        elif await find(self._api, f"{secrets}/{cluster.owner_secret}") is None:
            raise Later(f"Secret {cluster.owner_secret} is not there")
        for service in made.services(cluster):
            await self._have(cluster.path("services"), service)
        if await find(self._api, f"{secrets}/{cluster.told_secret}") is None:
            await self._api.have(secrets, await self._told(cluster))
        await self._have(cluster.path("persistentvolumeclaims"), made.claim(cluster))
        key = f"{cluster.namespace}/{cluster.instance}"
        if key not in self._pods.items:
            if (wanted := cluster.spec.get("instances", 1)) > 1:
                log.warning("%s: one server, asked for are %s: %s", key, wanted, made.WORDS)
            await self._api.have(cluster.path("pods"), made.pod(cluster))

    async def _have(self, path: str, body: Json) -> None:
        """Asked for first: a quota counts also the making of what is there already, for a while."""
        if await find(self._api, f"{path}/{body['metadata']['name']}") is None:
            await self._api.have(path, body)

    async def _told(self, cluster: Named) -> Json:
        initdb = cluster.initdb
        return made.told(
            cluster,
            after=[
                *await self._roles(cluster),
                *(initdb.get("postInitSQL") or []),
                *await self._referred(cluster, initdb.get("postInitSQLRefs") or {}),
            ],
            after_in_app=[
                *(initdb.get("postInitApplicationSQL") or []),
                *await self._referred(cluster, initdb.get("postInitApplicationSQLRefs") or {}),
            ],
        )

    async def _roles(self, cluster: Named) -> list[str]:
        """SQL for `managed.roles`, when the database is made. Raises Later."""
        return [
            made.role(role.wanted, role.password)
            for role in await self._wanted_roles(cluster)
            if not role.goes
        ]

    async def _wanted_roles(self, cluster: Named) -> list[inside.Role]:
        """`managed.roles` with their passwords. Raises Later."""
        found = []
        for role in (cluster.spec.get("managed") or {}).get("roles") or []:
            name = (role.get("passwordSecret") or {}).get("name")
            secret = await find(self._api, f"{cluster.path('secrets')}/{name}") if name else None
            if name and secret is None:
                raise Later(f"Secret {name} is not there")
            password = _decoded(secret["data"]["password"]) if secret else None
            found.append(inside.Role(role, password))
        return found

    async def _inside(self, cluster: Named, address: str) -> None:
        """Roles and databases of the running server. Raises Later."""
        key = f"{cluster.namespace}/{cluster.name}"
        databases = self._databases_of(key)
        roles = await self._wanted_roles(cluster)
        seen = (
            [(each.wanted, each.password) for each in roles],
            [(each["metadata"]["uid"], made.goes(each), each["spec"]) for each in databases],
            address,
        )
        if self._done.get(key) == seen or not (roles or databases):
            return
        secret = await self._api.get(f"{cluster.path('secrets')}/{cluster.told_secret}")
        if "operator" not in secret["data"]:
            # A server of before that: its roles are those of its first start.
            if databases:
                raise Later("its server was made before the operator could change it")
            return
        for each in databases:
            if not made.goes(each):
                await self._hold(each, wanted=each["spec"]["databaseReclaimPolicy"] == "delete")
        told = await inside.reconcile(
            address, _decoded(secret["data"]["operator"]), roles=roles, databases=databases
        )
        for each in databases:
            wrong = told[each["metadata"]["name"]]
            if made.goes(each) and not wrong:
                await self._hold(each, wanted=False)
            else:
                await self._tell_database(each, wrong)
        if faults := [f"{name}: {wrong}" for name, wrong in told.items() if wrong]:
            raise Later("; ".join(faults))
        self._done[key] = seen

    def _databases_of(self, cluster: str) -> list[Json]:
        """By name; `cluster` is <namespace>/<name>."""
        namespace, _, name = cluster.partition("/")
        return [
            each
            for key, each in sorted(self._databases.items.items())
            if key.startswith(f"{namespace}/") and each["spec"]["cluster"]["name"] == name
        ]

    async def _hold(self, database: Json, *, wanted: bool) -> None:
        """Whether its object may only go after its database did, by CloudNativePG's finalizer."""
        others = [
            each
            for each in database["metadata"].get("finalizers") or []
            if each != made.DATABASE_GOES_FIRST
        ]
        finalizers = [*others, made.DATABASE_GOES_FIRST] if wanted else others
        if finalizers == (database["metadata"].get("finalizers") or []):
            return
        body = {"metadata": {"finalizers": finalizers}}
        try:
            await self._api.patch(made.path_of(database), body, kind=MERGE)
        except ApiProblem as problem:
            if problem.status != NOT_FOUND:
                raise

    async def _tell_database(self, database: Json, wrong: str) -> None:
        metadata = database["metadata"]
        status = {
            "applied": not wrong,
            "message": wrong,
            "observedGeneration": metadata["generation"],
        }
        await tell(self._api, made.path_of(database), database.get("status") or {}, status)

    async def _referred(self, cluster: Named, references: dict[str, Any]) -> list[str]:
        """SQL out of Secrets, then ConfigMaps, as CloudNativePG orders it. Raises Later."""
        found = []
        for kind in ("secretRefs", "configMapRefs"):
            for reference in references.get(kind) or []:
                name, key = reference["name"], reference["key"]
                source = await find(self._api, f"{cluster.path(_SOURCES[kind])}/{name}")
                text = ((source or {}).get("data") or {}).get(key)
                if text is None:
                    raise Later(f"{key} of {name} ({kind}) is not there")
                found.append(_decoded(text) if kind == "secretRefs" else str(text))
        return found

    async def _tell(self, cluster: Named, *, ready: bool, message: str) -> None:
        old = cluster.body.get("status") or {}
        words = ("ClusterIsReady", "Cluster is Ready")
        if not ready:
            words = ("ClusterIsNotReady", message or "Cluster Is Not Ready")
        status = {
            "phase": HEALTHY if ready else SETTING_UP,
            "phaseReason": message,
            "instances": 1,
            "readyInstances": int(ready),
            "instanceNames": [cluster.instance],
            "currentPrimary": cluster.instance if ready else "",
            "targetPrimary": cluster.instance,
            "writeService": f"{cluster.name}-rw",
            "readService": f"{cluster.name}-r",
            "conditions": [condition("Ready", ready, *words, old)],
        }
        path = f"{KIND_PATH}/namespaces/{cluster.namespace}/clusters/{cluster.name}"
        if await tell(self._api, path, old, status):
            log.info("%s/%s: %s %s", cluster.namespace, cluster.name, status["phase"], message)


def _decoded(text: str) -> str:
    return b64decode(text).decode()
