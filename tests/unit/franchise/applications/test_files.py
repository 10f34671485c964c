"""What stands in an App's repository."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from franchise.applications import files
from franchise.applications.models import NAME
from franchise.organizations.environments.models import Kind
from franchise.organizations.slugs import SLUG

MINIFLUX = files.Told(
    organization="acme",
    kind="prod",
    name="news",
    label="acme-prod-news",
    fqdn="omantel.omani.works",
    url="https://acme-prod-news.omantel.omani.works",
    blueprint="miniflux",
    title="Miniflux",
    chart="bp-app-miniflux",
    version="1.2.3",
    config={"language": "ar"},
    secrets=("admin-password",),
    rests=(files.Rest("postgres", "prod-postgres-rw", 5432, "news", "prod-postgres-news"),),
)
POSTGRES = replace(
    MINIFLUX, name="postgres", label="acme-prod-postgres", url="", blueprint="postgres",
    title="PostgreSQL", chart="bp-app-postgres", secrets=(), rests=(), config={"replicas": 1},
    consumers=("news", "blog"), former=("news", "shop"),
)  # fmt: skip


def read(told: files.Told, name: str) -> list[Any]:
    return list(yaml.safe_load_all(files.repository(told)[name]))


def test_given_an_app_with_a_page_when_written_then_all_files_of_the_layout() -> None:
    assert set(files.repository(MINIFLUX)) == set(files.MANAGED)


def test_given_a_service_when_written_then_it_has_neither_a_route_nor_secrets() -> None:
    there = set(files.repository(POSTGRES))
    assert there == set(files.MANAGED) - {"httproute.yaml", "externalsecret.yaml"}
    assert read(POSTGRES, "kustomization.yaml")[0]["resources"] == ["helmrelease.yaml"]


def test_given_an_app_when_written_then_its_version_is_pinned_and_read_back() -> None:
    (pins,) = read(MINIFLUX, "kustomization.yaml")
    (patch,) = pins["patches"]
    pinned = yaml.safe_load(patch["patch"])["spec"]["chart"]["spec"]
    assert pinned == {"chart": "bp-app-miniflux", "version": "1.2.3"}
    assert files.read_version(files.repository(MINIFLUX)["kustomization.yaml"]) == "1.2.3"


def test_given_values_when_they_change_then_flux_looks_at_them_under_one_name() -> None:
    (pins,) = read(MINIFLUX, "kustomization.yaml")
    (made,) = pins["configMapGenerator"]
    assert made["name"] == "prod-news-values" and made["files"] == ["values.yaml"]
    assert made["options"] == {"disableNameSuffixHash": True, "labels": files.WATCHED}
    (release,) = read(MINIFLUX, "helmrelease.yaml")
    (taken,) = release["spec"]["valuesFrom"]
    assert taken == {"kind": "ConfigMap", "name": "prod-news-values", "valuesKey": "values.yaml"}


def test_given_a_release_when_written_then_it_acts_as_the_account_of_its_namespace() -> None:
    (release,) = read(MINIFLUX, "helmrelease.yaml")
    spec = release["spec"]
    assert spec["serviceAccountName"] == "apps" and spec["releaseName"] == "prod-news"
    assert "namespace" not in release["metadata"]
    assert not {"targetNamespace", "storageNamespace", "kubeConfig"} & set(spec)


def test_given_a_page_when_written_then_its_one_host_leads_to_its_service() -> None:
    (route,) = read(MINIFLUX, "httproute.yaml")
    assert route["spec"]["hostnames"] == ["acme-prod-news.omantel.omani.works"]
    assert route["spec"]["parentRefs"] == [files.DOOR]
    assert route["spec"]["rules"] == [{"backendRefs": [{"name": "prod-news", "port": 80}]}]


def test_given_secrets_when_written_then_the_cluster_makes_them_once() -> None:
    generator, wanted = read(MINIFLUX, "externalsecret.yaml")
    assert wanted["spec"]["refreshPolicy"] == "CreatedOnce"
    (asked,) = wanted["spec"]["dataFrom"]
    source = asked["sourceRef"]["generatorRef"]
    assert source["name"] == generator["metadata"]["name"] == "prod-news-secrets"
    # What the generator makes is called `password` in every version of external-secrets.
    assert asked["rewrite"] == [{"regexp": {"source": "^password$", "target": "admin-password"}}]
    (values,) = read(MINIFLUX, "values.yaml")
    assert values["secretName"] == wanted["spec"]["target"]["name"]


def test_given_what_it_rests_on_when_written_then_it_is_told_where_and_by_which_secret() -> None:
    (values,) = read(MINIFLUX, "values.yaml")
    assert values["backing"] == {
        "postgres": {
            "host": "prod-postgres-rw",
            "port": 5432,
            "database": "news",
            "secretName": "prod-postgres-news",
            "userKey": "username",
            "passwordKey": "password",
        }
    }


def test_given_a_service_when_written_then_each_that_left_is_said_to_be_absent() -> None:
    (service,) = read(POSTGRES, "values.yaml")
    assert service["databases"] == [
        {"name": "blog", "ensure": "present"},
        {"name": "news", "ensure": "present"},
        {"name": "shop", "ensure": "absent"},
    ]
    text = files.repository(POSTGRES)["values.yaml"]
    assert files.read_databases(text) == ("blog", "news", "shop")


def test_given_words_of_its_people_when_written_again_then_they_stay() -> None:
    text = files.values(replace(MINIFLUX, own={"replicas": 2, "host": "evil.example"}))
    values = yaml.safe_load(text)
    assert values["replicas"] == 2
    assert values["host"] == "acme-prod-news.omantel.omani.works"
    assert files.read_values(text) == ({"language": "ar"}, {"replicas": 2})


@pytest.mark.parametrize("text", ["[]", "a: [", "config: 3", "- x"])
def test_given_values_nobody_can_read_when_read_then_refused(text: str) -> None:
    with pytest.raises(ValueError):
        files.read_values(text)


@pytest.mark.parametrize("text", ["{}", "patches: []", "patches: [{patch: '{}'}]", "patches: [1]"])
def test_given_no_pin_when_read_then_refused(text: str) -> None:
    with pytest.raises(ValueError):
        files.read_version(text)


config = st.dictionaries(
    st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
    st.one_of(st.text(max_size=30), st.integers(), st.booleans()),
    max_size=4,
)


@given(
    organization=st.from_regex(SLUG, fullmatch=True),
    kind=st.sampled_from(Kind.values),
    name=st.from_regex(NAME, fullmatch=True),
    config=config,
)
def test_given_any_names_and_answers_when_written_then_all_of_it_is_yaml_that_says_so(
    organization: str, kind: str, name: str, config: dict[str, Any]
) -> None:
    label = f"{organization}-{kind}-{name}"
    told = replace(
        MINIFLUX, organization=organization, kind=kind, name=name, label=label, config=config
    )
    for path, text in files.repository(told).items():
        if path.endswith(".yaml"):
            for document in yaml.safe_load_all(text):
                assert isinstance(document, dict)
                assert len(document.get("metadata", {}).get("name", "")) <= 63
    assert files.read_values(files.values(told))[0] == config
    for value in files.labels(told).values():
        assert len(value) <= 63


@pytest.mark.parametrize("text", ["\x85", "a\u2028b", "\u2029", "plain", "سلام"])
def test_given_what_yaml_takes_for_the_end_of_a_line_when_written_then_it_is_read_back(
    text: str,
) -> None:
    told = replace(MINIFLUX, config={"answer": text})
    assert files.read_values(files.values(told))[0] == {"answer": text}
