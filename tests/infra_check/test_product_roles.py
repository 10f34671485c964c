"""The chart's two database roles: the migration owns the tables, every other process nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.check.documents import Document
from infra.check.render import Rendered
from infra.localcloud.machines.operators.cnpg import made
from tests.infra_check.conftest import DEFAULTS, Kit

FOLDER = "catalyst"
OWNER, APP = "catalyst-db-app", "catalyst-db-role"
SECRETS = {DEFAULTS: (OWNER, APP), "zero": ("catalyst-postgresql", "catalyst-postgresql-app")}


def is_migration(document: Document) -> bool:
    return document.kind == "Job" and "migrate" in document.name


def database_of(container: dict[str, Any]) -> str:
    (found,) = (each for each in container["env"] if each["name"] == "CATALYST_DATABASE_URL")
    return str(found["valueFrom"]["secretKeyRef"]["name"])


@pytest.mark.parametrize("values", SECRETS)
def test_given_every_process_when_compared_then_only_the_migration_is_the_owner(
    kit: Kit, values: str
) -> None:
    owner, app = SECRETS[values]
    seen = set()
    for document in kit.rendered(FOLDER, values).own():
        for container in document.containers():
            wanted = owner if is_migration(document) else app
            assert database_of(dict(container)) == wanted, str(document)
            seen.add(wanted)
    assert seen == {owner, app}


def test_given_the_migration_when_it_runs_then_it_grants_after_it_has_migrated(kit: Kit) -> None:
    (job,) = filter(is_migration, kit.rendered(FOLDER).own())
    (container,) = job.containers()
    script, role = container["args"]
    assert container["command"] == ["sh", "-c"]
    assert script.index("migrate --no-input &&") < script.index('audit grant "$0"')
    assert role == "catalyst_app"


def secret_of(rendered: Rendered) -> dict[str, str]:
    return dict(rendered.one("Secret", APP).body["stringData"])


def test_given_a_managed_database_when_made_then_the_role_can_log_in_and_nothing_else(
    kit: Kit,
) -> None:
    rendered = kit.rendered(FOLDER)
    (role,) = rendered.one("Cluster", "catalyst-db").spec["managed"]["roles"]
    assert role["passwordSecret"]["name"] == APP
    statement = made.role(role, "it's")
    assert statement == (
        'CREATE ROLE "catalyst_app" LOGIN NOCREATEDB NOCREATEROLE NOSUPERUSER CONNECTION LIMIT -1 '
        "PASSWORD 'it''s'"
    )
    secret = secret_of(rendered)
    address = urlsplit(secret["uri"])
    assert (address.username, address.password) == (role["name"], secret["password"])
    assert len(secret["password"]) >= 40
    assert address.hostname and address.hostname.startswith("catalyst-db-rw.")


def test_given_a_role_of_ones_own_when_rendered_then_none_is_made(kit: Kit) -> None:
    mine = {"database": {"app": {"role": "mine", "secret": {"name": "my-role"}}}}
    rendered = kit.template(FOLDER, settings=mine)
    assert "managed" not in rendered.one("Cluster", "catalyst-db").spec
    assert not [each for each in rendered.of_kind("Secret") if each.name == APP]
