"""What stands in an App's repository, one text per file. Pure; no secret is ever among them.

Spec franchise §6.5, but no namespace.yaml: a customer's repository makes nothing outside of the
Organization's namespace, which stands in `system/catalyst-config` (places.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from franchise.applications import names
from franchise.applications.yamls import dump

Json = dict[str, Any]
Files = dict[str, str]
VALUES, PINS = "values.yaml", "kustomization.yaml"
HELM, GATEWAY = "helm.toolkit.fluxcd.io", "gateway.networking.k8s.io"
SECRETS, GENERATORS = "external-secrets.io/v1", "generators.external-secrets.io/v1alpha1"
# Flux looks at what a HelmRelease takes its values from when it carries this label.
WATCHED = {"reconcile.fluxcd.io/watch": "Enabled"}
SECRET_LENGTH = 32
# Of bp-gateway; its plain listener takes no route of an App.
DOOR = {"name": "catalyst", "namespace": "gateway", "sectionName": "https"}


@dataclass(frozen=True, slots=True)
class Rest:
    """A backing service an App rests on, as its chart is told: where, and which Secret."""

    alias: str
    host: str
    port: int
    database: str
    secret: str


@dataclass(frozen=True, slots=True)
class Told:
    """One App in one Environment; `url` is empty for what has no page.

    `organization` is a slug. `consumers`: names of the Apps that rest on it, if it is a backing
    service; `former`: those that had something there once. `own`: what else stands in its
    values.yaml, written by its people.
    """

    organization: str
    kind: str
    name: str
    label: str
    fqdn: str
    url: str
    blueprint: str
    title: str
    chart: str
    version: str
    config: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    rests: tuple[Rest, ...] = ()
    consumers: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    own: Mapping[str, Any] = field(default_factory=dict)

    @property
    def release(self) -> str:
        return names.release(self.kind, self.name)

    @property
    def host(self) -> str:
        return f"{self.label}.{self.fqdn}" if self.url else ""

    @property
    def secret(self) -> str:
        """Of what the cluster makes for it: nobody else ever sees it."""
        return f"{self.release}-secrets"


def repository(told: Told) -> Files:
    """All files of its branch."""
    made = {
        "README.md": _readme(told),
        "CODEOWNERS": f".* @{told.organization}/admins\n",
        VALUES: values(told),
        "helmrelease.yaml": dump(_release(told)),
    }
    if told.url:
        made["httproute.yaml"] = dump(_route(told))
    if told.secrets:
        made["externalsecret.yaml"] = dump(*_secrets(told))
    resources = sorted(name for name in made if name.endswith(".yaml") and name != VALUES)
    return made | {PINS: dump(_pins(told, resources))}


MANAGED = (
    "README.md", "CODEOWNERS", VALUES, PINS, "helmrelease.yaml", "httproute.yaml",
    "externalsecret.yaml",
)  # fmt: skip


def values(told: Told) -> str:
    """What the chart takes. What we do not say ourselves stays as it was written there."""
    made: Json = dict(told.own)
    made |= {"fullnameOverride": told.release, "config": dict(told.config)}
    ours: Json = {
        "host": told.host,
        "secretName": told.secret if told.secrets else "",
        "backing": {each.alias: _rest(each) for each in told.rests},
        "databases": _databases(told),
    }
    for name, value in ours.items():
        if value:
            made[name] = value
        else:
            made.pop(name, None)
    return dump(made)


def read_values(text: str) -> tuple[Json, Json]:
    """Of a values.yaml: the answers, and what its people wrote beside what we say ourselves.

    Raises ValueError for what is no mapping.
    """
    found = _mapping(text)
    config = found.pop("config", None) or {}
    if not isinstance(config, dict):
        raise ValueError("its config is no mapping")
    ours = ("fullnameOverride", "host", "secretName", "backing", "databases")
    return config, {name: value for name, value in found.items() if name not in ours}


def read_databases(text: str) -> tuple[str, ...]:
    """Of a backing service's values.yaml: whose databases it says something of."""
    try:
        return tuple(str(each["name"]) for each in _mapping(text).get("databases") or [])
    except (ValueError, KeyError, TypeError):
        return ()


def read_version(text: str) -> str:
    """The chart's version that a kustomization.yaml pins. Raises ValueError."""
    try:
        patches = [yaml.safe_load(each["patch"]) for each in _mapping(text)["patches"]]
        (version,) = [
            each["spec"]["chart"]["spec"]["version"]
            for each in patches
            if each.get("kind") == "HelmRelease"
        ]
    except (KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise ValueError("it pins no version") from error
    return str(version)


def credentials(service: str, app: str) -> str:
    """The Secret with what an App logs in by at a service's release: the service's chart makes it,
    beside a database and a role of the App's name."""
    return f"{service}-{app}"


def _databases(told: Told) -> list[Json]:
    """One that is not needed any more is said to be absent: left out, it would stay."""
    wanted = dict.fromkeys(told.former, "absent") | dict.fromkeys(told.consumers, "present")
    return [{"name": name, "ensure": wanted[name]} for name in sorted(wanted)]


def _rest(rest: Rest) -> Json:
    return {
        "host": rest.host,
        "port": rest.port,
        "database": rest.database,
        "secretName": rest.secret,
        "userKey": "username",
        "passwordKey": "password",
    }


def labels(told: Told) -> dict[str, str]:
    """Spec franchise §6.4."""
    return {
        "openova.io/sovereign": told.fqdn,
        "openova.io/organization": told.organization,
        "openova.io/environment": f"{told.organization}-{told.kind}",
        "openova.io/application": told.name,
        "openova.io/blueprint": told.blueprint,
        "openova.io/blueprint-version": told.version,
    }


def _pins(told: Told, resources: list[str]) -> Json:
    pin = {
        "apiVersion": f"{HELM}/v2",
        "kind": "HelmRelease",
        "metadata": {"name": told.release},
        "spec": {"chart": {"spec": {"chart": told.chart, "version": told.version}}},
    }
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
        "labels": [{"pairs": labels(told)}],
        "configMapGenerator": [
            {
                "name": f"{told.release}-values",
                "files": [VALUES],
                "options": {"disableNameSuffixHash": True, "labels": dict(WATCHED)},
            }
        ],
        "patches": [{"patch": dump(pin)}],
    }


def _release(told: Told) -> Json:
    return {
        "apiVersion": f"{HELM}/v2",
        "kind": "HelmRelease",
        "metadata": {"name": told.release},
        "spec": {
            "interval": "10m",
            "timeout": "5m",
            "releaseName": told.release,
            "serviceAccountName": "apps",
            "chart": {"spec": {"sourceRef": {"kind": "HelmRepository", "name": "blueprints"}}},
            "install": {"remediation": {"retries": 2}},
            "upgrade": {"remediation": {"retries": 1, "strategy": "rollback"}},
            "valuesFrom": [
                {"kind": "ConfigMap", "name": f"{told.release}-values", "valuesKey": VALUES}
            ],
        },
    }


def _route(told: Told) -> Json:
    return {
        "apiVersion": f"{GATEWAY}/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": told.release},
        "spec": {
            "parentRefs": [dict(DOOR)],
            "hostnames": [told.host],
            "rules": [{"backendRefs": [{"name": told.release, "port": 80}]}],
        },
    }


def _secrets(told: Told) -> tuple[Json, Json]:
    """Made in the cluster, once: in nobody's Git and nobody's database of ours."""
    generator = {
        "apiVersion": GENERATORS,
        "kind": "Password",
        "metadata": {"name": told.secret},
        "spec": {
            "length": SECRET_LENGTH,
            "digits": 8,
            "symbols": 0,
            "noUpper": False,
            "allowRepeat": True,
        },
    }
    source = {"generatorRef": {"apiVersion": GENERATORS, "kind": "Password", "name": told.secret}}
    # Each is asked for by itself and renamed; a generator's own `secretKeys` is younger than what
    # a Sovereign may have.
    asked = [
        {"sourceRef": source, "rewrite": [{"regexp": {"source": "^password$", "target": key}}]}
        for key in told.secrets
    ]
    wanted = {
        "apiVersion": SECRETS,
        "kind": "ExternalSecret",
        "metadata": {"name": told.secret},
        "spec": {
            "refreshPolicy": "CreatedOnce",
            "refreshInterval": "0",
            "target": {"name": told.secret},
            "dataFrom": asked,
        },
    }
    return generator, wanted


def _readme(told: Told) -> str:
    where = (
        f"It answers at {told.url}\n\n" if told.url else "It serves other Apps and has no page.\n\n"
    )
    return (
        f"# {told.name}\n\n{told.title} of {told.organization}. {where}"
        f"`{VALUES}` says how it is set up, `{PINS}` which version runs. What is pushed to\n"
        f"the branch `{names.branch(told.kind)}` is what the cluster makes true. Secrets are made\n"
        "in the cluster and do not belong in here.\n"
    )


def _mapping(text: str) -> Json:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError("it is not YAML") from error
    if not isinstance(found, dict):
        raise ValueError("it is no mapping")
    return found
