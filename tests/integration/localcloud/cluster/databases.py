"""A PostgreSQL in a Pod, for charts whose `Cluster` nobody serves here."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

import psycopg
from psycopg import sql

from tests.integration.localcloud.cluster.running import POSTGRES, Cluster, Space

_PORT = 5432
_SCRIPT = """
initdb --pgdata=$PGDATA --username=postgres --pwfile=/etc/test/password --auth=scram-sha-256 \
  --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8 --no-sync --no-instructions >/dev/null
echo 'host all all 0.0.0.0/0 scram-sha-256' > $PGDATA/pg_hba.conf
exec postgres -D $PGDATA -c listen_addresses=0.0.0.0 -c unix_socket_directories= \
  -c fsync=off -c max_connections=200 -c shared_buffers=64MB
"""


@dataclass(frozen=True)
class Databases:
    """`address`: of its Pod. `password`: the superuser's."""

    address: str
    password: str

    @classmethod
    def on(cls, cluster: Cluster) -> Databases:
        space, password = cluster.space("databases"), secrets.token_hex(20)
        container = {
            "name": "main",
            "image": POSTGRES,
            "args": [_SCRIPT],
            "env": [{"name": "PGDATA", "value": "/var/lib/test/data"}],
            "readinessProbe": {"tcpSocket": {"port": _PORT}, "periodSeconds": 1},
            "volumeMounts": [
                {"name": "data", "mountPath": "/var/lib/test"},
                {"name": "password", "mountPath": "/etc/test"},
            ],
        }
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "postgres"},
            "spec": {
                # PostgreSQL refuses to run as root.
                "securityContext": {"runAsUser": 26, "runAsGroup": 26, "fsGroup": 26},
                "containers": [container],
                "volumes": [
                    {"name": "data", "emptyDir": {}},
                    {"name": "password", "secret": {"secretName": "postgres"}},
                ],
            },
        }
        space.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "postgres"},
                "stringData": {"password": password},
            },
            pod,
        )
        space.kubectl("wait", "--for=condition=Ready", "pod/postgres", "--timeout=50s")
        told = json.loads(space.kubectl("get", "pod", "postgres", "-o", "json"))
        return cls(told["status"]["podIP"], password)

    def give(self, space: Space, name: str, database: str, owner: str, schema: str = "") -> None:
        """What CloudNativePG makes of a `Cluster` of that name: Secret, Service and database."""
        password = secrets.token_hex(20)
        with self.connect("postgres", "postgres", self.password) as connection:
            role, own = sql.Identifier(owner), sql.Identifier(database)
            words = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(password))
            connection.execute(words)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(own, role))
        if schema:
            with self.connect(database, owner, password) as connection:
                connection.execute(schema.encode())
        host = f"{name}-rw"
        port = {"name": "postgres", "port": _PORT}
        space.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": f"{name}-app"},
                "stringData": {
                    "username": owner,
                    "password": password,
                    "uri": f"postgresql://{owner}:{password}@{host}.{space.name}:{_PORT}/{database}",
                },
            },
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": host},
                "spec": {"ports": [port]},
            },
            {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {"name": host, "labels": {"kubernetes.io/service-name": host}},
                "addressType": "IPv4",
                "endpoints": [{"addresses": [self.address]}],
                "ports": [port],
            },
        )

    def admit(self, space: Space, name: str, database: str, role: str, *, secret: str) -> None:
        """Another role at a database that was given, and a Secret with its `uri`."""
        password = secrets.token_hex(20)
        with self.connect("postgres", "postgres", self.password) as connection:
            words = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(words.format(sql.Identifier(role), sql.Literal(password)))
        uri = f"postgresql://{role}:{password}@{name}-rw.{space.name}:{_PORT}/{database}"
        kind = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}}
        space.apply({**kind, "stringData": {"uri": uri}})

    def connect(self, database: str, user: str, password: str) -> psycopg.Connection[object]:
        return psycopg.connect(
            host=self.address,
            port=_PORT,
            dbname=database,
            user=user,
            password=password,
            autocommit=True,
        )
