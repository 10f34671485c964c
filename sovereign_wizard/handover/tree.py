"""Gives a Sovereign its own tree: Git in it holds a clone, and its Flux reads that from then on.

From here on nothing of Catalyst-Zero is needed for its releases. Safe to run again at any point.
"""

from __future__ import annotations

import base64
from functools import partial

from django.conf import settings

from catalyst.vault.secret import Secret
from sovereign_wizard.cluster import services as cluster
from sovereign_wizard.cluster.client import Cluster
from sovereign_wizard.cluster.states import NAMESPACE, condition
from sovereign_wizard.handover.gitea import ORGANIZATION, REPOSITORY, Gitea, Site
from sovereign_wizard.naming import services as naming
from sovereign_wizard.provisioning import probe
from sovereign_wizard.provisioning.models import Deployment

SOURCE, CREDENTIALS = "sovereign", "sovereign-git"
# Inside the cluster: no name and no certificate have to hold for Flux to work.
OWN = f"http://gitea-http.gitea.svc.cluster.local:3000/{ORGANIZATION}/{REPOSITORY}.git"
ADMIN = "/api/v1/namespaces/gitea/secrets/gitea-admin"
SOURCES = f"/apis/source.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/gitrepositories/{SOURCE}"


def hand_over(deployment: Deployment) -> str:
    """Do what is left to do; returns why it is not over yet, or nothing.

    Raises ClusterAway, GiteaAway, NotYet, KubeconfigRefused.
    """
    signed = naming.of(deployment).signed
    return cluster.ask(deployment, partial(_hand_over, fqdn=deployment.fqdn, signed=signed))


def _hand_over(there: Cluster, *, fqdn: str, signed: bool) -> str:
    source = there.one(SOURCES)
    if source["spec"]["url"] != OWN:
        host, config = f"git.{fqdn}", settings.CATALYST
        address = probe.resolve(host, config.resolver, signed=signed)
        site = Site(host, address, config.ca_bundle)
        give_own(there, site, source["spec"]["url"])
        source = there.one(SOURCES)
    said = condition(source, "Ready")
    if said is None or said.get("observedGeneration") != source["metadata"]["generation"]:
        return "Flux has not looked at the Sovereign's own Git yet."
    return "" if said["status"] == "True" else f"Its own Git: {said['message']}"


def give_own(there: Cluster, site: Site, source: str) -> None:
    """Clone `source` into the Git at `site`, and point Flux there.

    Raises ClusterAway, GiteaAway.
    """
    held = there.one(ADMIN)["data"]
    user, password = (base64.b64decode(held[key]).decode() for key in ("username", "password"))
    with Gitea(site, user, Secret(password)) as gitea:
        branch = gitea.mirror(source)
        token = gitea.reading_token()
    there.apply(
        f"/api/v1/namespaces/{NAMESPACE}/secrets/{CREDENTIALS}",
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": CREDENTIALS, "namespace": NAMESPACE},
            "stringData": {"username": user, "password": token.reveal()},
        },
    )
    there.apply(
        SOURCES,
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": SOURCE, "namespace": NAMESPACE},
            "spec": {
                "interval": "1m",
                "url": OWN,
                "ref": {"branch": branch},
                "secretRef": {"name": CREDENTIALS},
            },
        },
    )
