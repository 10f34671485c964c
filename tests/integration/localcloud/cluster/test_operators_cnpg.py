"""The stand-in for CloudNativePG: a Cluster is a real database, as its application knows one."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from infra.localcloud.machines.operators.cnpg import made
from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.releases import (
    Kit,
    address_of,
    conditions,
    is_ready,
    ready,
    secret,
)
from tests.integration.localcloud.cluster.running import Space

pytestmark = pytest.mark.xdist_group("cluster")

_SECONDS = 90.0
KIND = "clusters.postgresql.cnpg.io"
CLERK = "the clerk's own password"


def cluster_of(name: str, *, roles: tuple[Any, ...] = (), **initdb: Any) -> dict[str, Any]:
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {"name": name},
        "spec": {
            "instances": 1,
            "imageName": "ghcr.io/cloudnative-pg/postgresql:18.1",
            "bootstrap": {"initdb": initdb},
            "managed": {"roles": list(roles)},
            "postgresql": {"parameters": {"shared_buffers": "24MB"}},
            "storage": {"size": "1Gi"},
        },
    }


def status_of(space: Space, name: str) -> dict[str, Any]:
    told = json.loads(space.kubectl("get", KIND, name, "-o", "json"))
    return dict(told.get("status") or {})


@pytest.fixture(scope="module")
def shop(kit: Kit, operator: Space) -> Space:
    """A name space with the Cluster `shop-db`, whose schema lies in a ConfigMap."""
    space = kit.space("shop")
    space.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "shop-schema"},
            "data": {"schema.sql": "SET ROLE seller; CREATE TABLE goods (name text PRIMARY KEY);"},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "shop-clerk"},
            "type": "kubernetes.io/basic-auth",
            "stringData": {"username": "clerk", "password": CLERK},
        },
        cluster_of(
            "shop-db",
            roles=({"name": "clerk", "login": True, "passwordSecret": {"name": "shop-clerk"}},),
            database="shop",
            owner="seller",
            postInitSQL=["CREATE ROLE auditor"],
            postInitApplicationSQL=["CREATE SCHEMA archive"],
            postInitApplicationSQLRefs={
                "configMapRefs": [{"name": "shop-schema", "key": "schema.sql"}]
            },
        ),
    )
    until(lambda: is_ready(space, KIND, "shop-db"), seconds=_SECONDS)
    return space


def connected(space: Space) -> psycopg.Connection[Any]:
    """As its application: by the Secret, at the Service; only the name is looked up by us."""
    told = secret(space, "shop-db-app")
    assert told["uri"].endswith(f"@shop-db-rw.{space.name}:5432/shop")
    uri = told["uri"].replace(f"shop-db-rw.{space.name}", address_of(space, "shop-db-rw"))

    def tried() -> psycopg.Connection[Any] | None:
        # The Service hears a little later than the Cluster who is behind it.
        try:
            return psycopg.connect(uri, autocommit=True, connect_timeout=5)
        except psycopg.OperationalError:
            return None

    connection: psycopg.Connection[Any] = until(tried, seconds=_SECONDS)
    return connection


def test_given_a_cluster_when_ready_then_its_secret_opens_the_database_it_asked_for(
    shop: Space,
) -> None:
    with connected(shop) as connection:
        who = "SELECT current_user, current_database(), current_setting('shared_buffers')"
        assert connection.execute(who).fetchone() == ("seller", "shop", "24MB")
        # Ours, not the superuser's: SET ROLE of the schema was heeded.
        owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'goods'"
        assert connection.execute(owner).fetchone() == ("seller",)
        schema = "SELECT 1 FROM pg_namespace WHERE nspname = 'archive'"
        assert connection.execute(schema).fetchone()
        assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'auditor'").fetchone()
    status = status_of(shop, "shop-db")
    assert status["phase"] == "Cluster in healthy state"
    assert (status["instances"], status["readyInstances"]) == (1, 1)
    assert status["currentPrimary"] == "shop-db-1"


def test_given_a_cluster_then_its_secret_has_the_keys_of_cloudnativepgs(shop: Space) -> None:
    told = secret(shop, "shop-db-app")
    assert set(told) == {
        *("username", "user", "password", "dbname", "host", "port", "pgpass"),
        *("uri", "jdbc-uri", "fqdn-uri", "fqdn-jdbc-uri"),
    }
    assert (told["host"], told["port"], told["dbname"]) == ("shop-db-rw", "5432", "shop")
    assert told["jdbc-uri"].startswith("jdbc:postgresql://shop-db-rw.shop:5432/shop?")


def test_given_a_managed_role_when_it_logs_in_then_it_owns_nothing(shop: Space) -> None:
    connected(shop).close()
    at = address_of(shop, "shop-db-rw")
    with psycopg.connect(host=at, dbname="shop", user="clerk", password=CLERK) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("clerk",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM goods")


def test_given_no_password_when_the_database_is_asked_then_it_refuses(shop: Space) -> None:
    connected(shop).close()
    for user in ("seller", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=address_of(shop, "shop-db-rw"), dbname="shop", user=user)


def test_given_a_server_that_is_killed_then_it_comes_back_with_what_was_written(
    shop: Space,
) -> None:
    with connected(shop) as connection:
        # Here commits are not waited for; this one is.
        connection.execute("SET synchronous_commit = on")
        connection.execute("INSERT INTO goods VALUES ('dates') ON CONFLICT DO NOTHING")
    before = shop.kubectl("get", "pod", "shop-db-1", "-o", "jsonpath={.metadata.uid}")
    shop.kubectl("delete", "pod", "shop-db-1", "--grace-period=0", "--force")

    def another() -> bool:
        words = ("get", "pod", "shop-db-1", "--ignore-not-found", "-o")
        return shop.kubectl(*words, "jsonpath={.metadata.uid}") not in ("", before)

    until(another, seconds=_SECONDS)
    shop.kubectl("wait", "--for=condition=Ready", "pod/shop-db-1", "--timeout=50s")
    until(lambda: is_ready(shop, KIND, "shop-db"), seconds=_SECONDS)
    with connected(shop) as connection:
        assert connection.execute("SELECT name FROM goods").fetchall() == [("dates",)]


def test_given_what_stands_in_then_pods_objects_and_log_say_so(
    shop: Space, operator: Space
) -> None:
    pods = json.loads(operator.kubectl("get", "pods", "-o", "json"))["items"]
    pods += json.loads(shop.kubectl("get", "pods", "-o", "json"))["items"]
    assert len(pods) == 2
    for pod in pods:
        notes = pod["metadata"]["annotations"]
        assert "CloudNativePG" in notes["catalyst.openova.io/stand-in"]
        assert "catalyst.openova.io/simulated" not in notes
    assert made.WORDS in operator.kubectl("logs", "deployment/cnpg-cloudnative-pg")
    assert made.WORDS in shop.kubectl("logs", "shop-db-1")


def test_given_a_schema_that_is_missing_then_the_cluster_says_which_and_goes_on_with_it(
    kit: Kit, operator: Space
) -> None:
    space = kit.space("late")
    references = {"configMapRefs": [{"name": "late-schema", "key": "schema.sql"}]}
    space.apply(cluster_of("late-db", database="late", postInitApplicationSQLRefs=references))
    until(lambda: ready(space, KIND, "late-db") == "False", seconds=_SECONDS)
    assert "schema.sql of late-schema" in conditions(space, KIND, "late-db")["Ready"]["message"]

    space.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "late-schema"},
            "data": {"schema.sql": "CREATE TABLE ready ()"},
        }
    )
    until(lambda: is_ready(space, KIND, "late-db"), seconds=_SECONDS)

    space.kubectl("delete", KIND, "late-db")
    kinds = "pods,services,secrets,persistentvolumeclaims"
    until(lambda: "late-db" not in space.kubectl("get", kinds, "-o", "name"), seconds=_SECONDS)


def database_of(app: str, **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Database",
        "metadata": {"name": f"shared-{app}"},
        "spec": {"cluster": {"name": "shared-db"}, "name": app, "owner": app, **more},
    }


def role_of(app: str, **more: Any) -> dict[str, Any]:
    return {"name": app, "login": True, "passwordSecret": {"name": f"shared-{app}"}, **more}


def login_of(app: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"shared-{app}"},
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": app, "password": f"the password of {app}"},
    }


def applied(space: Space, app: str) -> bool:
    told = json.loads(space.kubectl("get", "databases.postgresql.cnpg.io", "-o", "json"))
    (found,) = [each for each in told["items"] if each["metadata"]["name"] == f"shared-{app}"]
    status = found.get("status") or {}
    return bool(status.get("applied")) and (
        status["observedGeneration"] == found["metadata"]["generation"]
    )


def may_use(space: Space, app: str, database: str) -> bool:
    try:
        with psycopg.connect(
            host=address_of(space, "shared-db-rw"), dbname=database, user=app,
            password=f"the password of {app}", connect_timeout=5,
        ) as connection:  # fmt: skip
            connection.execute("CREATE TABLE IF NOT EXISTS mine (it text)")
    except psycopg.Error:
        return False
    return True


def test_given_a_running_cluster_when_apps_come_and_go_then_each_has_a_database_of_its_own(
    kit: Kit, operator: Space
) -> None:
    space = kit.space("shared")
    first = cluster_of("shared-db", roles=(role_of("one-app"),), database="shared")
    space.apply(login_of("one-app"), first, database_of("one-app"))
    until(lambda: applied(space, "one-app"), seconds=_SECONDS)
    until(lambda: may_use(space, "one-app", "one-app"), seconds=_SECONDS)

    both = (role_of("one-app"), role_of("two"))
    second = cluster_of("shared-db", roles=both, database="shared")
    space.apply(login_of("two"), second, database_of("two"))
    until(lambda: applied(space, "two"), seconds=_SECONDS)
    assert may_use(space, "two", "two")
    assert not may_use(space, "two", "one-app")
    assert not may_use(space, "two", "shared")

    gone = (role_of("one-app"), {"name": "two", "ensure": "absent"})
    space.apply(
        cluster_of("shared-db", roles=gone, database="shared"),
        database_of("two", ensure="absent"),
    )
    until(lambda: applied(space, "two"), seconds=_SECONDS)
    assert not may_use(space, "two", "two")
    assert may_use(space, "one-app", "one-app")


def test_given_a_database_nobody_can_own_then_it_says_why(kit: Kit, operator: Space) -> None:
    space = kit.space("ownerless")
    space.apply(
        cluster_of("shared-db", database="shared"), database_of("lost", owner="nobody-at-all")
    )

    def message() -> str:
        told = json.loads(
            space.kubectl("get", "databases.postgresql.cnpg.io", "shared-lost", "-o", "json")
        )
        return str((told.get("status") or {}).get("message") or "")

    until(lambda: "nobody-at-all" in message(), seconds=_SECONDS)


def test_given_a_database_that_goes_with_its_object_then_it_is_gone_before_that_is(
    kit: Kit, operator: Space
) -> None:
    space = kit.space("reclaimed")
    one = database_of("one-app", databaseReclaimPolicy="delete")
    roles = (role_of("one-app"),)
    space.apply(login_of("one-app"), cluster_of("shared-db", roles=roles, database="shared"), one)
    until(lambda: applied(space, "one-app"), seconds=_SECONDS)
    until(lambda: may_use(space, "one-app", "one-app"), seconds=_SECONDS)
    space.kubectl("delete", "database.postgresql.cnpg.io", "shared-one-app", "--timeout=50s")
    assert not may_use(space, "one-app", "one-app")
