"""When the product's schema is changed: before an upgrade; beside one that ends an installation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
import yaml

from infra.check.render import KUBERNETES
from tests.integration.localcloud.cluster.releases import FQDN, Kit
from tests.integration.localcloud.cluster.running import Space

pytestmark = pytest.mark.xdist_group("cluster")

AT = "2026-01-01T00:00:00Z"


def said(ready: str) -> str:
    words = {"status": ready, "reason": "r", "message": "m", "lastTransitionTime": AT}
    return json.dumps({"status": {"conditions": [{"type": "Ready", **words}]}})


def migration(kit: Kit, space: Space, *more: str) -> tuple[str, str]:
    """Name and hook of the Job, in an upgrade as this cluster would get it.

    The first one's name without the fingerprint at its end.
    """
    settings = [f"--kube-version={KUBERNETES}", f"--set=global.sovereignFQDN={FQDN}", *more]
    made = kit.template("catalyst", space, "--is-upgrade", *settings)
    (job,) = (
        each["metadata"]
        for each in yaml.safe_load_all(made)
        if each and each["kind"] == "Job" and "migrate" in each["metadata"]["name"]
    )
    name = re.sub(r"(-first)-[0-9a-f]{8}$", r"\1", job["name"])
    return name, job.get("annotations", {}).get("helm.sh/hook", "")


@contextmanager
def nobodys_database(space: Space) -> Iterator[Callable[..., str]]:
    """One whose status is ours to write: an operator, if one is there, leaves what is deleted."""
    kept = {"name": "catalyst-db", "finalizers": ["tests.openova.io/kept"]}
    kind = {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": kept}
    name = ("cluster.postgresql.cnpg.io", "catalyst-db")
    space.apply({**kind, "spec": {"instances": 1, "storage": {"size": "1Gi"}}})
    space.kubectl("delete", *name, "--wait=false")
    change = partial(space.kubectl, "patch", *name, "--type=merge")
    try:
        yield change
    finally:
        change('--patch={"metadata": {"finalizers": null}}')


def test_given_an_installation_that_broke_off_then_its_upgrade_migrates_beside_and_later_before(
    kit: Kit, space: Space
) -> None:
    """A hook would wait for an account and a database that only come after it."""
    beside, before = ("catalyst-migrate-first", ""), ("catalyst-migrate", "pre-upgrade")
    assert migration(kit, space) == beside
    with nobodys_database(space) as change:
        assert migration(kit, space) == beside
        for ready, expected in (("False", beside), ("True", before)):
            change("--subresource=status", f"--patch={said(ready)}")
            assert migration(kit, space) == expected


def test_given_a_database_of_somebody_elses_then_the_account_says_whether_there_was_one(
    kit: Kit, space: Space
) -> None:
    theirs = (
        "--set=database.managed=false,database.secret.name=theirs,database.app.secret.name=ours"
    )
    assert migration(kit, space, theirs)[1] == ""
    space.kubectl("create", "serviceaccount", "catalyst")
    assert migration(kit, space, theirs)[1] == "pre-upgrade"
