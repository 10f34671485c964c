"""What rights and policies of the product allow an Organization, asked of a real API server.

Nothing runs here: objects are tried with the accounts that Flux and Helm act as.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from franchise.applications import places
from infra.check import charts, render, stubs
from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.app_rights import (
    ACME,
    DEFINITIONS,
    FLUX,
    FQDN,
    HELM,
    KINDS,
    OTHER,
    OWN,
    account,
    apply,
    changed,
    may,
    namespace,
    objects,
    place,
    tried,
)
from tests.integration.localcloud.cluster.releases import Kit
from tests.integration.localcloud.cluster.running import Cluster

pytestmark = pytest.mark.xdist_group("cluster")


@pytest.fixture(scope="module")
def world(kit: Kit) -> Iterator[Cluster]:
    """A cluster with the rights of the chart, and the places of two Organizations, made by Flux's
    own account."""
    cluster = kit.cluster
    for path in DEFINITIONS:
        cluster.kubectl("apply", "--server-side", "--filename", str(path))
    chart = next(each for each in charts.every() if each.folder == "catalyst")
    assembled = stubs.assemble(chart, kit.work / "rights", show_values=False)
    found = render.template(
        assembled, [chart.path / "ci/laptop-values.yaml"], namespace="catalyst-system"
    )
    kit.space("catalyst-system")
    kit.space(places.FLUX)
    listed = [each.body for each in found.documents if each.kind in KINDS]
    apply(cluster, *listed)

    def judged() -> bool:
        # The API server takes a policy up a little later than it stores it.
        return "denied request" in tried(cluster, FLUX, namespace("org-nobody", "somebody"))

    until(judged, seconds=60)
    for each in (ACME, OTHER):
        apply(cluster, *objects(places.files(place(each)), "kustomization.yaml"), by=FLUX)
    yield cluster
    # Other tests of this cluster install the chart itself, into a place of the same name.
    told = json.dumps({"apiVersion": "v1", "kind": "List", "items": listed})
    cluster.tried("delete", "--ignore-not-found", "-f", "-", told=told)
    for name in (f"org-{ACME}", f"org-{OTHER}", places.FLUX, "catalyst-system"):
        cluster.tried("delete", "namespace", name, "--ignore-not-found")


def test_given_an_apps_repository_then_its_organizations_account_may_apply_all_of_it(
    world: Cluster,
) -> None:
    for kind in ("HelmRelease", "HTTPRoute", "ExternalSecret", "Password"):
        assert tried(world, OWN, changed(kind, to=None)) == ""
    for each in ("deployments", "secrets", "clusters.postgresql.cnpg.io", "networkpolicies"):
        assert may(world, HELM, "create", each, "-n", f"org-{ACME}")


@pytest.mark.parametrize(
    "host",
    [
        f"{OTHER}-prod-shop.{FQDN}",
        f"other-prod-shop.{FQDN}",
        f"console.{FQDN}",
        f"{ACME}.{FQDN}",
        f"{ACME}-prod-shop.evil.example",
        f"{ACME}-prod-shop.x.{FQDN}",
        f"*.{FQDN}",
        FQDN,
    ],
)
def test_given_a_route_under_anothers_name_then_it_is_refused(world: Cluster, host: str) -> None:
    said = tried(world, OWN, changed("HTTPRoute", "spec", "hostnames", to=[host]))
    assert "its names must be" in said
    both = [f"{ACME}-prod-calendar.{FQDN}", host]
    assert "its names must be" in tried(
        world, OWN, changed("HTTPRoute", "spec", "hostnames", to=both)
    )


def test_given_a_route_without_names_or_by_another_door_then_it_is_refused(
    world: Cluster,
) -> None:
    assert "its names must be" in tried(
        world, OWN, changed("HTTPRoute", "spec", "hostnames", to=[])
    )
    for door in (
        {"name": "catalyst", "namespace": "gateway", "sectionName": "http"},
        {"name": "catalyst", "namespace": "gateway"},
        {"name": "own"},
    ):
        said = tried(world, OWN, changed("HTTPRoute", "spec", "parentRefs", to=[door]))
        assert "its gateway must be" in said, door


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("serviceAccountName", "default", "must be apps"),
        ("serviceAccountName", None, "must be apps"),
        ("targetNamespace", "kube-system", "stay in its namespace"),
        ("storageNamespace", "kube-system", "stay in its namespace"),
        ("kubeConfig", {"secretRef": {"name": "elsewhere"}}, "stay in its namespace"),
        ("dependsOn", [{"name": "bp-catalyst", "namespace": "flux-system"}], "wait for releases"),
    ],
)
def test_given_a_release_that_would_leave_its_namespace_then_it_is_refused(
    world: Cluster, field: str, value: Any, says: str
) -> None:
    release = changed("HelmRelease", "spec", field, to=value)
    if value is None:
        del release["spec"][field]
    assert says in tried(world, OWN, release)
    # Whoever asks, so that a right too many is not enough.
    assert says in tried(world, "", release)


def test_given_a_chart_of_the_platforms_own_source_then_the_release_is_refused(
    world: Cluster,
) -> None:
    source = {"kind": "HelmRepository", "name": "catalyst-charts", "namespace": "flux-system"}
    path = ("spec", "chart", "spec", "sourceRef")
    assert "its chart must come" in tried(world, OWN, changed("HelmRelease", *path, to=source))


def test_given_an_organizations_account_then_neither_quota_nor_rights_are_its_to_change(
    world: Cluster,
) -> None:
    here, there = ("-n", f"org-{ACME}"), ("-n", f"org-{OTHER}")
    for by in (OWN, HELM):
        for verb in ("create", "patch", "delete"):
            for what in ("resourcequotas", "limitranges", "rolebindings", "serviceaccounts",
                         "kustomizations", "gitrepositories", "helmrepositories"):  # fmt: skip
                assert not may(world, by, verb, what, *here), (by, verb, what)
        for what in ("secrets", "pods", "helmreleases", "deployments"):
            assert not may(world, by, "get", what, *there), (by, what)
            assert not may(world, by, "get", what, "-n", places.FLUX)
            assert not may(world, by, "list", what, "--all-namespaces")
    (quota, *_) = place(ACME).quota
    more = copy.deepcopy(dict(quota))
    more["spec"]["hard"]["pods"] = "1000"
    assert "cannot patch resource" in tried(world, OWN, more)
    assert tried(world, FLUX, more) == ""


def test_given_a_kustomization_among_a_customers_objects_then_it_is_refused(
    world: Cluster,
) -> None:
    _, follows = places.root(f"https://git.{FQDN}")
    follows["metadata"]["namespace"] = f"org-{ACME}"
    assert "there is no Kustomization" in tried(world, "", follows)


def test_given_what_flux_follows_then_it_names_an_account_and_only_its_own_namespace(
    world: Cluster,
) -> None:
    follow = places.Follow(f"{ACME}-prod-calendar", "calendar", "prod", "https://x/y.git")
    one = places.Place(ACME, FQDN, places.Charts("x/y"), (), (follow,))
    (wanted,) = [
        e for e in objects(places.files(one), "kustomization.yaml") if e["kind"] == "Kustomization"
    ]
    assert tried(world, FLUX, wanted) == ""
    assert tried(world, FLUX, *places.root(f"https://git.{FQDN}")) == ""
    for field, value in (
        ("serviceAccountName", ""),
        ("serviceAccountName", f"org-{OTHER}"),
        ("serviceAccountName", "organizations"),
        ("targetNamespace", "flux-system"),
    ):
        other = copy.deepcopy(wanted)
        other["spec"][field] = value
        if not value:
            del other["spec"][field]
        assert "must name the account" in tried(world, FLUX, other), (field, value)
        assert "must name the account" in tried(world, "", other), (field, value)
    away = copy.deepcopy(wanted)
    away["spec"]["sourceRef"]["namespace"] = "flux-system"
    assert "read sources of its namespace" in tried(world, FLUX, away)


def test_given_the_account_that_makes_places_then_it_has_to_do_with_organizations_only(
    world: Cluster,
) -> None:
    only = "namespaces of Organizations only"
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "x", "namespace": "kube-system"},
    }
    assert only in tried(world, FLUX, namespace("kube-system", "kube-system"))
    assert only in tried(world, FLUX, quota)
    assert "whose it is" in tried(world, FLUX, namespace("org-new", ACME))
    loose = {"pod-security.kubernetes.io/enforce": "privileged"}
    assert "without privileges" in tried(world, FLUX, namespace("org-new", "new", **loose))
    assert tried(world, FLUX, namespace("org-new", "new")) == ""
    gone = world.tried("delete", "namespace", "catalyst-system", "--dry-run=server", FLUX)
    assert only in gone.stderr
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "more", "namespace": f"org-{ACME}"},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "admin",
        },
        "subjects": [{"kind": "ServiceAccount", "name": "apps", "namespace": f"org-{ACME}"}],
    }
    assert "not currently held" in tried(world, FLUX, binding)


def test_given_the_consoles_accounts_then_they_see_apps_and_nothing_of_the_platform(
    world: Cluster,
) -> None:
    for name in places.READERS:
        by = account(places.CONSOLE, name)
        for what in ("pods", "helmreleases", "events"):
            assert may(world, by, "list", what, "-n", f"org-{ACME}"), (name, what)
            assert not may(world, by, "list", what, "-n", "kube-system"), (name, what)
        assert may(world, by, "get", "pods", "--subresource=log", "-n", f"org-{ACME}")
        assert not may(world, by, "get", "secrets", "-n", f"org-{ACME}")
        assert not may(world, by, "create", "deployments", "-n", f"org-{ACME}")
    worker, web = (account(places.CONSOLE, name) for name in places.READERS)
    there = ("-n", places.FLUX)
    assert may(world, worker, "patch", "kustomizations", *there)
    assert may(world, worker, "patch", f"secrets/{places.LOGIN}", *there)
    assert not may(world, worker, "get", "secrets/another", *there)
    assert not may(world, web, "patch", "kustomizations", *there)
