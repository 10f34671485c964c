"""An Organization and its Apps on a Sovereign, put there by hand: no program of the console does
it, so what is seen is what charts, rights and policies are good for."""

from __future__ import annotations

import base64
import json
import secrets
import ssl
from dataclasses import dataclass
from typing import Any

import httpx

from catalyst.vault.secret import Secret
from franchise.applications import files, names, places
from franchise.gitea import commits
from franchise.gitea import places as at_gitea
from franchise.gitea.commits import Author
from franchise.gitea.http import Connection
from franchise.organizations.quotas.limits import Limits
from franchise.organizations.quotas.manifests import manifests
from tests.e2e.cluster_world import Kubectl, Stack

ORGANIZATION, NAMESPACE = "acme", "org-acme"
PLAN_S = Limits(vcpu=2, memory_mb=4096, disk_gb=25)
HAND = Author("A hand", "hand@example.com")
PASSWORDS = ("admin-password",)


@dataclass(frozen=True)
class Sovereign:
    stack: Stack
    kubectl: Kubectl
    fqdn: str

    def told(self, name: str, **more: Any) -> files.Told:
        label = f"{ORGANIZATION}-prod-{name}"
        page = f"https://{label}.{self.fqdn}" if more.pop("has_page", True) else ""
        return files.Told(
            organization=ORGANIZATION, kind="prod", name=name, label=label, fqdn=self.fqdn,
            url=page, blueprint=name, title=name.capitalize(), chart=f"bp-app-{name}",
            version="1.0.0", secrets=PASSWORDS if page else (), **more,
        )  # fmt: skip

    def gitea(self) -> Connection:
        """As the console, by the account that bp-gitea copied to it."""
        told = self.secret("catalyst-system", "gitea-admin")
        where = ("get", "service", "gitea-http", "-o", "jsonpath={.spec.clusterIP}")
        at = self.kubectl("-n", "gitea", *where)
        return Connection(
            url=f"http://{at}:3000", token=Secret(told["password"]), user=told["username"]
        )

    def secret(self, namespace: str, name: str) -> dict[str, str]:
        found = json.loads(self.kubectl("-n", namespace, "get", "secret", name, "-o", "json"))
        return {key: base64.b64decode(text).decode() for key, text in found["data"].items()}

    def charts(self) -> places.Charts:
        """Where the kit's own charts come from."""
        words = ("-n", "flux-system", "get", "helmrepository", "catalyst-charts", "-o", "json")
        spec = json.loads(self.kubectl(*words))["spec"]
        return places.Charts(spec["url"].removeprefix("oci://"), spec.get("insecure", False))

    def settle(self, gitea: Connection, *apps: files.Told) -> None:
        """The place of the Organization, its repositories, and Flux's two objects."""
        password = Secret(secrets.token_urlsafe(24))
        at_gitea.account(gitea, "flux", email="flux@example.com", password=password)
        for owner in ("system", ORGANIZATION):
            at_gitea.organization(gitea, owner)
            team = at_gitea.team(gitea, owner, "flux", permission="read")
            at_gitea.member(gitea, team, "flux")
        for app in apps:
            repository = at_gitea.repository(gitea, ORGANIZATION, app.name)
            self.commit(gitea, repository, files.repository(app))
        url = f"https://git.{self.fqdn}"
        follow = tuple(
            places.Follow(
                app.label, app.name, app.kind, f"{url}/{ORGANIZATION}/{app.name}.git",
                tuple(f"{ORGANIZATION}-{each.host.removesuffix('-rw')}" for each in app.rests),
            )
            for app in apps
        )  # fmt: skip
        quota = manifests(organization=ORGANIZATION, limits=PLAN_S, open=True)
        for each in quota:
            each["metadata"]["namespace"] = NAMESPACE
        place = places.Place(ORGANIZATION, self.fqdn, self.charts(), tuple(quota), follow)
        config = at_gitea.repository(gitea, "system", "catalyst-config")
        self.commit(
            gitea, config, {**places.files(place), **places.parent([ORGANIZATION], url=url)}
        )
        login = {"username": "flux", "password": password.reveal()}
        login["ca.crt"] = self.stack.state.ca_bundle.read_text()
        meta = {"name": places.LOGIN, "namespace": places.FLUX}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": login}
        self.apply(secret, *places.root(url))

    def commit(self, gitea: Connection, repository: str, made: files.Files) -> None:
        commits.write(gitea, repository, branch="main", files=made, message="By hand", author=HAND)

    def apply(self, *found: dict[str, Any]) -> None:
        listed = {"apiVersion": "v1", "kind": "List", "items": list(found)}
        self.kubectl("apply", "--server-side", "-f", "-", told=json.dumps(listed))

    def ready(self, name: str) -> bool:
        """What Flux says of an App's HelmRelease."""
        words = ("get", "helmrelease", names.release("prod", name), "--ignore-not-found")
        found = json.loads(self.kubectl("-n", NAMESPACE, *words, "-o", "json") or "{}")
        conditions = (found.get("status") or {}).get("conditions") or []
        return any((each["type"], each["status"]) == ("Ready", "True") for each in conditions)

    def visit(self, app: files.Told, path: str, **how: Any) -> httpx.Response:
        """As a browser does: by the real names, through the gateway, its certificate verified."""
        trust = ssl.create_default_context(cafile=str(self.stack.state.ca_bundle))
        with httpx.Client(
            proxy=self.stack.state.proxy_url, verify=trust, trust_env=False, timeout=30
        ) as client:
            return client.request(how.pop("method", "GET"), f"{app.url}{path}", **how)
