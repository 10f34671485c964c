"""What stands in `system/catalyst-config`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from franchise.applications import places
from franchise.organizations.quotas.limits import Limits
from franchise.organizations.quotas.manifests import manifests
from franchise.organizations.slugs import SLUG

URL = "https://git.omantel.omani.works"
NEWS = places.Follow(
    label="acme-prod-news",
    name="news",
    kind="prod",
    url=f"{URL}/acme/news.git",
    after=("acme-prod-postgres",),
)


def place(*apps: places.Follow, organization: str = "acme", insecure: bool = False) -> places.Place:
    quota = manifests(organization=organization, limits=Limits(2, 4096, 25), open=True)
    charts = places.Charts("ghcr.io/openova-io", insecure)
    return places.Place(organization, "omantel.omani.works", charts, tuple(quota), apps)


def objects(made: dict[str, str]) -> list[dict[str, Any]]:
    return [
        each
        for path, text in made.items()
        if not path.endswith("kustomization.yaml")
        for each in yaml.safe_load_all(text)
    ]


def test_given_an_organization_when_written_then_all_lies_in_its_own_folder() -> None:
    made = places.files(place(NEWS))
    assert {path.removeprefix("organizations/acme/") for path in made} == {
        "namespace.yaml", "rights.yaml", "plan.yaml", "charts.yaml", "app-acme-prod-news.yaml",
        "kustomization.yaml",
    }  # fmt: skip
    listed = yaml.safe_load(made["organizations/acme/kustomization.yaml"])["resources"]
    assert listed == sorted(set(listed)) and len(listed) == len(made) - 1


def test_given_an_organization_when_written_then_its_objects_stand_in_two_namespaces_only() -> None:
    for each in objects(places.files(place(NEWS))):
        if each["kind"] == "Namespace":
            assert each["metadata"]["name"] == "org-acme"
            assert each["metadata"]["labels"]["openova.io/organization"] == "acme"
        else:
            assert each["metadata"]["namespace"] in ("org-acme", places.FLUX)


def test_given_a_pause_when_written_then_every_release_gets_no_copies_and_sleeping_databases() -> (
    None
):
    def patches(paused: bool) -> list[dict[str, Any]]:
        made = places.files(replace(place(NEWS), paused=paused))
        (follow,) = [e for e in objects(made) if e["kind"] == "Kustomization"]
        found: list[dict[str, Any]] = follow["spec"].get("patches", [])
        return found

    assert patches(False) == []
    (patch,) = patches(True)
    assert patch["target"] == {"kind": "HelmRelease"}
    (renderer,) = yaml.safe_load(patch["patch"])["spec"]["postRenderers"]
    copies, asleep = renderer["kustomize"]["patches"]
    assert "StatefulSet" in copies["target"]["kind"]
    assert yaml.safe_load(copies["patch"]) == [{"op": "add", "path": "/spec/replicas", "value": 0}]
    assert yaml.safe_load(asleep["patch"])["metadata"]["annotations"] == {
        "cnpg.io/hibernation": "on"
    }


def test_given_rights_when_written_then_both_accounts_have_them_in_the_namespace_only() -> None:
    bindings = [e for e in objects(places.files(place())) if e["kind"] == "RoleBinding"]
    roles = {
        (s["namespace"], s["name"]): each["roleRef"]["name"]
        for each in bindings
        for s in each["subjects"]
    }
    assert roles == {
        (places.FLUX, "org-acme"): places.DEPLOYER,
        ("org-acme", "apps"): places.DEPLOYER,
        # Ours, who only look.
        (places.CONSOLE, "catalyst-worker"): places.READER,
        (places.CONSOLE, "catalyst-web"): places.READER,
    }
    assert {each["metadata"]["namespace"] for each in bindings} == {"org-acme"}


def test_given_an_app_when_followed_then_as_its_organization_into_its_namespace() -> None:
    (wanted,) = [e for e in objects(places.files(place(NEWS))) if e["kind"] == "Kustomization"]
    spec = wanted["spec"]
    assert spec["serviceAccountName"] == spec["targetNamespace"] == "org-acme"
    assert spec["prune"] and spec["wait"]
    assert spec["dependsOn"] == [{"name": "acme-prod-postgres"}]
    (source,) = [e for e in objects(places.files(place(NEWS))) if e["kind"] == "GitRepository"]
    assert source["spec"]["ref"] == {"branch": "main"}
    assert source["spec"]["secretRef"] == {"name": places.LOGIN}


def test_given_an_environment_of_developers_when_followed_then_by_its_branch() -> None:
    app = places.Follow("acme-dev-news", "news", "dev", f"{URL}/acme/news.git")
    (source,) = [e for e in objects(places.files(place(app))) if e["kind"] == "GitRepository"]
    assert source["spec"]["ref"] == {"branch": "develop"}


def test_given_a_registry_without_tls_when_written_then_only_there_it_says_so() -> None:
    (plain,) = [
        e for e in objects(places.files(place(insecure=True))) if e["kind"] == "HelmRepository"
    ]
    (safe,) = [e for e in objects(places.files(place())) if e["kind"] == "HelmRepository"]
    assert plain["spec"]["insecure"] is True and "insecure" not in safe["spec"]


def test_given_the_last_organization_gone_when_listed_then_the_list_is_not_empty() -> None:
    made = places.parent([], url=URL)
    assert yaml.safe_load(made["kustomization.yaml"])["resources"] == ["flux.yaml"]
    kinds = [each["kind"] for each in yaml.safe_load_all(made["flux.yaml"])]
    assert kinds == ["GitRepository", "Kustomization"]


@given(st.sets(st.from_regex(SLUG, fullmatch=True), max_size=8))
def test_proof_16_given_any_organizations_when_listed_then_exactly_those_sorted(
    slugs: set[str],
) -> None:
    made = yaml.safe_load(places.parent(slugs, url=URL)["kustomization.yaml"])["resources"]
    assert made == ["flux.yaml", *(f"organizations/{each}" for each in sorted(slugs))]


@given(st.from_regex(SLUG, fullmatch=True))
def test_given_any_slug_when_written_then_names_are_labels(slug: str) -> None:
    for each in objects(places.files(place(organization=slug))):
        assert len(each["metadata"]["name"]) <= 63
