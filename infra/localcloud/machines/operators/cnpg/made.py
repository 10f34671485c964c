"""The objects that a Cluster gets, as CloudNativePG names them. Pure: no call to anywhere."""

import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from psycopg import sql

from infra.localcloud.machines.cluster.api import STAND_IN, Json

GROUP = "postgresql.cnpg.io"
KIND_PATH = f"/apis/{GROUP}/v1"
PORT = 5432
WORDS = "stand-in for CloudNativePG"
# On a Database whose object only goes after what it names did.
DATABASE_GOES_FIRST = "cnpg.io/deleteDatabase"
# The account of CloudNativePG's images.
POSTGRES_UID = 26
SUPERUSER = "postgres"
# As whom the operator changes roles and databases of a running server, by network.
OPERATOR = "catalyst_stand_in"
DEFAULT_IMAGE = "ghcr.io/cloudnative-pg/postgresql:18.1-system-trixie"
# Where the server's Pod finds what it is told (instance.py).
TOLD, OWNER_SECRET, RUN, STORAGE = (
    "/etc/told",
    "/etc/owner",
    "/controller/run",
    "/var/lib/postgresql/data",
)


@dataclass(frozen=True, slots=True)
class Named:
    """A Cluster and the names that follow from it."""

    body: Json

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        return str(self.body["metadata"]["namespace"])

    @property
    def spec(self) -> Json:
        return dict(self.body["spec"])

    @property
    def initdb(self) -> Json:
        return dict((self.spec.get("bootstrap") or {}).get("initdb") or {})

    @property
    def database(self) -> str:
        return str(self.initdb.get("database") or "app")

    @property
    def owner(self) -> str:
        return str(self.initdb.get("owner") or self.database)

    @property
    def owner_secret(self) -> str:
        """The one it is told to use, or the one it makes."""
        return str((self.initdb.get("secret") or {}).get("name") or f"{self.name}-app")

    @property
    def instance(self) -> str:
        return f"{self.name}-1"

    @property
    def told_secret(self) -> str:
        return f"{self.name}-stand-in"

    @property
    def labels(self) -> dict[str, str]:
        return {
            "cnpg.io/cluster": self.name,
            "cnpg.io/instanceName": self.instance,
            "cnpg.io/instanceRole": "primary",
            "cnpg.io/podRole": "instance",
            "role": "primary",
        }

    def path(self, what: str) -> str:
        """Of a collection of core objects in its namespace."""
        return f"/api/v1/namespaces/{self.namespace}/{what}"

    def meta(self, name: str) -> Json:
        """It goes when the Cluster goes."""
        return {
            "name": name,
            "namespace": self.namespace,
            "labels": {"cnpg.io/cluster": self.name},
            "annotations": {STAND_IN: WORDS},
            "ownerReferences": [
                {
                    "apiVersion": f"{GROUP}/v1",
                    "kind": "Cluster",
                    "name": self.name,
                    "uid": self.body["metadata"]["uid"],
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        }


def goes(database: Json) -> bool:
    """Is this Database on its way out, and takes what it names along?"""
    return bool(database["metadata"].get("deletionTimestamp"))


def path_of(database: Json) -> str:
    metadata = database["metadata"]
    return f"{KIND_PATH}/namespaces/{metadata['namespace']}/databases/{metadata['name']}"


def app_secret(cluster: Named) -> Json:
    """How an application gets in; the keys are CloudNativePG's."""
    password = secrets.token_urlsafe(48)
    user, database = cluster.owner, cluster.database
    host = f"{cluster.name}-rw"
    near = f"{host}.{cluster.namespace}"
    far = f"{near}.svc.cluster.local"

    def uri(at: str) -> str:
        return f"postgresql://{quote(user)}:{quote(password)}@{at}:{PORT}/{quote(database)}"

    def jdbc(at: str) -> str:
        login = urlencode({"password": password, "user": user})
        return f"jdbc:postgresql://{at}:{PORT}/{quote(database)}?{login}"

    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": cluster.meta(f"{cluster.name}-app"),
        "type": "kubernetes.io/basic-auth",
        "stringData": {
            "username": user,
            "user": user,
            "password": password,
            "dbname": database,
            "host": host,
            "port": str(PORT),
            "pgpass": f"{host}:{PORT}:{database}:{user}:{password}\n",
            "uri": uri(near),
            "jdbc-uri": jdbc(near),
            "fqdn-uri": uri(far),
            "fqdn-jdbc-uri": jdbc(far),
        },
    }


def told(cluster: Named, *, after: list[str], after_in_app: list[str]) -> Json:
    """What its server is told. `after`: SQL for the database `postgres`, the other for its own.

    A Secret, since the SQL may hold passwords.
    """
    initdb = cluster.initdb
    words: dict[str, Any] = {
        "database": cluster.database,
        "owner": cluster.owner,
        "encoding": initdb.get("encoding") or "UTF8",
        "collate": initdb.get("localeCollate") or "C",
        "ctype": initdb.get("localeCType") or "C",
        "after": after,
        "after_in_app": after_in_app,
        "parameters": (cluster.spec.get("postgresql") or {}).get("parameters") or {},
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": cluster.meta(cluster.told_secret),
        "stringData": {"told.json": json.dumps(words), "operator": secrets.token_urlsafe(48)},
    }


def role(wanted: Json, password: str | None, *, again: bool = False) -> str:
    """SQL that makes one of `managed.roles`, or changes it when it is there (`again`).

    As with CloudNativePG it may nothing unless told.
    """
    words = [
        right if wanted.get(key, default) else f"NO{right}"
        for key, default, right in (
            ("login", False, "LOGIN"),
            ("createdb", False, "CREATEDB"),
            ("createrole", False, "CREATEROLE"),
            ("superuser", False, "SUPERUSER"),
        )
    ]
    statement = sql.SQL("{} ROLE {} {} CONNECTION LIMIT {} PASSWORD {}").format(
        sql.SQL("ALTER" if again else "CREATE"),
        sql.Identifier(wanted["name"]),
        sql.SQL(" ".join(words)),
        sql.SQL(str(int(wanted.get("connectionLimit", -1)))),
        sql.Literal(password),
    )
    return statement.as_string(None)


def services(cluster: Named) -> list[Json]:
    """`-rw` and `-r`; `-ro` has nobody behind it, as with one instance of CloudNativePG's."""
    primary = {"cnpg.io/cluster": cluster.name, "cnpg.io/instanceRole": "primary"}
    selectors = {
        "rw": primary,
        "r": {"cnpg.io/cluster": cluster.name, "cnpg.io/podRole": "instance"},
        "ro": {**primary, "cnpg.io/instanceRole": "replica"},
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": cluster.meta(f"{cluster.name}-{which}"),
            "spec": {
                "type": "ClusterIP",
                "selector": selector,
                "ports": [{"name": "postgres", "port": PORT, "targetPort": PORT}],
            },
        }
        for which, selector in selectors.items()
    ]


def claim(cluster: Named) -> Json:
    storage = cluster.spec.get("storage") or {}
    spec: Json = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": storage.get("size") or "1Gi"}},
    }
    if storage.get("storageClass"):
        spec["storageClassName"] = storage["storageClass"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": cluster.meta(cluster.instance),
        "spec": spec,
    }


def pod(cluster: Named) -> Json:
    metadata = cluster.meta(cluster.instance)
    metadata["labels"] = cluster.labels
    asked = ["pg_isready", "--quiet", "--host", RUN, "--username", SUPERUSER, "--dbname", SUPERUSER]
    ready = {"exec": {"command": asked}, "timeoutSeconds": 5}
    mounts = {"pgdata": STORAGE, "told": TOLD, "owner": OWNER_SECRET, "run": RUN}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "hostname": cluster.instance,
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsUser": POSTGRES_UID,
                "runAsGroup": POSTGRES_UID,
                "fsGroup": POSTGRES_UID,
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            # Long enough for a clean stop of a small database; CloudNativePG's default is 1800.
            "terminationGracePeriodSeconds": 30,
            "containers": [
                {
                    "name": "postgres",
                    "image": cluster.spec.get("imageName") or DEFAULT_IMAGE,
                    "env": [{"name": "PGDATA", "value": f"{STORAGE}/pgdata"}],
                    "ports": [{"name": "postgresql", "containerPort": PORT}],
                    "startupProbe": {**ready, "periodSeconds": 1, "failureThreshold": 600},
                    "readinessProbe": {**ready, "periodSeconds": 10},
                    "resources": cluster.spec.get("resources") or {},
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [{"name": n, "mountPath": p} for n, p in mounts.items()],
                }
            ],
            "volumes": [
                {"name": "pgdata", "persistentVolumeClaim": {"claimName": cluster.instance}},
                {"name": "told", "secret": {"secretName": cluster.told_secret}},
                {"name": "owner", "secret": {"secretName": cluster.owner_secret}},
                {"name": "run", "emptyDir": {}},
            ],
        },
    }
