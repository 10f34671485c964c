"""The laptop stack: every value comes from `.catalyst/`, made on first use (catalyst/embedded)."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from catalyst.embedded import processes, profile
from catalyst.embedded.realm.document import CLIENT, REALM
from catalyst.embedded.service import AS_APP
from catalyst.embedded.state import StackState
from catalyst.settings.base import settings_for
from catalyst.settings.environment import Environment
from catalyst.settings.logs import configure
from infra.tools import manifest
from infra.tools.obtain import path_of

_PORTS = (
    *("postgres", "redis", "powerdns", "acme", "localcloud", "registrars", "keycloak"),
    *("openbao", "stripe", "web", "otlp", "smtp"),
)


def _tool(name: str) -> Path | None:
    """Where the fetcher keeps a tool; None until it was fetched."""
    try:
        return path_of(name, manifest.load())
    except manifest.ToolError:
        return None


def _log_in(state: StackState) -> dict[str, Any]:
    """At the issuer that is named in the environment, else at the stack's Keycloak, else here."""
    if os.environ.get("CATALYST_OIDC_ISSUER"):
        return {"local_login": False}
    if profile.has_keycloak(state):
        return {
            "local_login": False,
            "oidc_issuer": f"{state.keycloak_url}/realms/{REALM}",
            "oidc_client_id": CLIENT,
            "oidc_client_secret": state.oidc_client_secret,
        }
    return {"local_login": True}


def _vault(state: StackState) -> dict[str, Any]:
    """The stack's OpenBao where it has one; each process of ours in a role of its own there."""
    if not profile.has_openbao(state):
        return {"vault": "envelope"}
    service = os.environ.get(processes.SERVICE, "")
    role = {"web": "catalyst-web", "worker": "catalyst-worker"}.get(service, "catalyst-rotation")
    return {
        "vault": "openbao",
        "openbao_address": state.openbao_url,
        "openbao_role_id": role,
        "openbao_secret_id_file": state.secrets_dir / f"openbao-{role}",
    }


def _environment() -> Environment:
    state = StackState.ensure(ports=_PORTS)
    cluster = profile.is_cluster(state)
    doors = (profile.supply_address(state),) if cluster else ()
    return Environment(
        role="zero",
        **_log_in(state),
        **_vault(state),
        cluster=cluster,
        secret_key=state.secret_key,
        vault_key=state.vault_key,
        database_url=state.app_postgres_url if AS_APP in os.environ else state.postgres_url,
        redis_url=state.redis_url,
        public_url=state.web_url,
        callback_url=profile.console_url(state) if cluster else "",
        allowed_hosts=("127.0.0.1", "localhost", "testserver", *doors),
        ca_bundle=state.ca_bundle,
        otlp_endpoint=f"http://127.0.0.1:{state.ports['otlp']}",
        tofu_database_url=state.tofu_postgres_url,
        tofu=_tool("tofu"),
        tofurc=_tool("tofurc"),
        hcloud_endpoint=state.hcloud_endpoint,
        acme_directory=profile.acme_directory(state) if cluster else state.acme_directory,
        gitops_repo_url=profile.tree_url(state),
        chart_registry=profile.charts(state),
        chart_registry_insecure=True,
        trusted_authorities=state.trust_dir / "newest.pem" if cluster else None,
        tree_settings=profile.SETTINGS,
        resolver=state.resolver or "",
        powerdns_url=state.powerdns_url,
        powerdns_api_key=state.powerdns_api_key,
        nameserver_addresses=state.nameservers,
        ds_ttl=2,  # nobody waits for five minutes on a laptop
        balancer_ranges=(state.public_range,) if state.public_range else (),
        public_resolvers=(state.resolver,) if state.resolver else (),
        domain_pace=0.1,
        rdap=False,  # nobody registered these names
        registrar_egress_ipv4="127.0.0.1",
        registrar_endpoints=state.registrar_endpoints,
        stripe_url=state.stripe_url or "",
        smtp_url=state.smtp_url,
    )


globals().update(settings_for(_environment()))
configure()
# On a laptop there is mostly no collector at that port, which is no news.
logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
