"""Charts of Apps as processes, in a customer's namespace: its plan's quota, no Pod with rights."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from franchise.organizations.quotas.limits import Limits
from franchise.organizations.quotas.manifests import manifests
from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.releases import Kit, address_of, secret
from tests.integration.localcloud.cluster.running import Space

pytestmark = pytest.mark.xdist_group("cluster")
FQDN, ORGANIZATION = "omantel.omani.works", "org-apps"
PASSWORD = "a-password-of-the-owner"
# The smallest plan of the seed: all of the Apps below fit into it together.
PLAN_S = Limits(vcpu=2, memory_mb=4096, disk_gb=25)


@pytest.fixture(scope="module")
def organization(kit: Kit, operator: Space) -> Space:
    """Its namespace as the product makes it."""
    space = kit.space(ORGANIZATION)
    mark = "pod-security.kubernetes.io/enforce=restricted"
    kit.cluster.kubectl("label", "namespace", ORGANIZATION, mark)
    wanted = manifests(organization=ORGANIZATION, limits=PLAN_S, open=True)
    for each in wanted:
        each["metadata"]["namespace"] = ORGANIZATION
    space.apply(*wanted)
    return space


def said_by_a_repository(space: Space, app: str, **more: Any) -> dict[str, Any]:
    space.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"prod-{app}"},
            "stringData": {"admin-password": PASSWORD},
        }
    )
    name = f"prod-{app}"
    return {
        "fullnameOverride": name,
        "host": f"apps-{name}.{FQDN}",
        "secretName": name,
        "config": {"user": "amal"},
        **more,
    }


def backing(app: str) -> dict[str, Any]:
    return {
        "backing": {
            "postgres": {
                "host": "prod-postgres-rw",
                "port": 5432,
                "database": app,
                "secretName": f"prod-postgres-{app}",
                "userKey": "username",
                "passwordKey": "password",
            }
        }
    }


def shared_by(*apps: str, gone: str = "") -> dict[str, Any]:
    databases = [{"name": app} for app in apps]
    if gone:
        databases.append({"name": gone, "ensure": "absent"})
    return {"fullnameOverride": "prod-postgres", "databases": databases}


@pytest.fixture(scope="module")
def postgres(kit: Kit, organization: Space) -> Space:
    kit.install("app-postgres", organization, shared_by("miniflux", "gitea"))
    return organization


def ask(space: Space, app: str, path: str, password: str = PASSWORD, **how: Any) -> httpx.Response:
    """At its Service, as the gateway does."""
    url = f"http://{address_of(space, f'prod-{app}')}{path}"
    headers = {"X-Forwarded-Proto": "https", "Host": f"apps-prod-{app}.{FQDN}"}
    with httpx.Client(trust_env=False, timeout=30, headers=headers) as client:
        return client.request(how.pop("method", "GET"), url, auth=("amal", password), **how)


def test_given_radicale_then_its_owner_keeps_a_calendar_there_and_nobody_else_gets_in(
    kit: Kit, organization: Space
) -> None:
    kit.install("app-radicale", organization, said_by_a_repository(organization, "radicale"))
    assert ask(organization, "radicale", "/.web/").status_code == 200
    assert ask(organization, "radicale", "/amal/", "another").status_code == 401
    made = ask(organization, "radicale", "/amal/work/", method="MKCALENDAR")
    assert made.status_code == 201
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:it\r\nBEGIN:VEVENT\r\nUID:one\r\n"
        "DTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nSUMMARY:Lunch\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    put = ask(organization, "radicale", "/amal/work/one.ics", method="PUT", content=event)
    assert put.status_code == 201
    organization.kubectl("rollout", "restart", "deployment/prod-radicale")
    organization.rolled_out("deployment/prod-radicale")

    def kept() -> bool:
        answer = ask(organization, "radicale", "/amal/work/one.ics")
        return answer.status_code == 200 and "Lunch" in answer.text

    until(kept, seconds=30)


def test_given_miniflux_then_it_has_its_tables_in_the_shared_database_and_its_owner(
    kit: Kit, postgres: Space
) -> None:
    values = said_by_a_repository(postgres, "miniflux", **backing("miniflux"))
    kit.install("app-miniflux", postgres, values)
    told = ask(postgres, "miniflux", "/v1/me").raise_for_status().json()
    assert (told["username"], told["is_admin"]) == ("amal", True)
    assert ask(postgres, "miniflux", "/v1/me", "another").status_code == 401
    assert "prod-postgres-miniflux" in postgres.kubectl("get", "secrets", "-o", "name")


def test_given_the_app_gitea_then_its_owner_makes_a_repository_there(
    kit: Kit, postgres: Space
) -> None:
    values = said_by_a_repository(postgres, "gitea", **backing("gitea"))
    kit.install("app-gitea", postgres, values)
    made = ask(
        postgres, "gitea", "/api/v1/user/repos", method="POST",
        json={"name": "first", "auto_init": True},
    ).raise_for_status().json()  # fmt: skip
    assert made["clone_url"] == f"https://apps-prod-gitea.{FQDN}/amal/first.git"
    assert ask(postgres, "gitea", "/api/v1/user", "another").status_code == 401


def test_given_an_app_that_leaves_then_its_database_goes_and_the_others_keep_their_passwords(
    kit: Kit, postgres: Space
) -> None:
    def names() -> str:
        """Of the databases, as the server's own account sees them."""
        query = "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database"
        words = ("psql", "--host", "/controller/run", "--username", "postgres", "-tAc", query)
        return postgres.kubectl("exec", "prod-postgres-1", "--", *words)

    before = secret(postgres, "prod-postgres-gitea")
    kit.install("app-postgres", postgres, shared_by("miniflux", "gitea", "another"))
    until(lambda: "another" in names(), seconds=30)
    assert secret(postgres, "prod-postgres-gitea") == before
    assert secret(postgres, "prod-postgres-another")["username"] == "another"

    leaving = shared_by("miniflux", "gitea", gone="another")
    kit.install("app-postgres", postgres, leaving)
    until(lambda: "another" not in names(), seconds=30)
    assert {"gitea", "miniflux"} <= set(names().split())
    assert "another" not in postgres.kubectl("get", "secrets", "-o", "name")
    assert secret(postgres, "prod-postgres-gitea") == before


def test_given_apps_that_run_then_none_of_them_is_made_believe(postgres: Space) -> None:
    pods = json.loads(postgres.kubectl("get", "pods", "-o", "json"))["items"]
    assert pods
    for pod in pods:
        assert "catalyst.openova.io/simulated" not in (pod["metadata"].get("annotations") or {})


def test_given_a_database_that_is_removed_whole_then_nothing_holds_it_back(
    postgres: Space,
) -> None:
    """Last of all: the others rest on it."""
    kinds = "databases.postgresql.cnpg.io,clusters.postgresql.cnpg.io"
    postgres.kubectl("delete", kinds, "--all", "--wait=false")
    kinds += ",persistentvolumeclaims"
    until(lambda: "prod-postgres" not in postgres.kubectl("get", kinds, "-o", "name"), seconds=60)
