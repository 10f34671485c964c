"""What the module's `adopt.tf` needs to know and the provider cannot tell it.

A few reads of the Hetzner API. It must never change anything: only OpenTofu does.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import httpx

from catalyst.telemetry.shared import upstream
from catalyst.vault.secret import Secret
from sovereign_wizard.tofu.problems import CloudAway

VENDOR_ENDPOINT = "https://api.hetzner.cloud/v1"
VARIABLE = "already_there"
_LABEL = "catalyst.openova.io/deployment"


def already_there(
    *,
    token: Secret,
    deployment_id: str,
    endpoint: str | None = None,
    ca_bundle: Path | None = None,
) -> dict[str, Any]:
    """Value of the module's variable `already_there`: `{"subnet": bool, "listen_ports": [int]}`.

    The provider has no data source for subnets and leaves out the services of a load balancer, and
    neither carries labels: one that was made just before tofu was killed would be made again and
    refused. Ask before every plan. Raises CloudAway.
    """
    verify = ssl.create_default_context(cafile=str(ca_bundle)) if ca_bundle else True
    client = httpx.Client(
        base_url=endpoint or VENDOR_ENDPOINT,
        headers={"Authorization": f"Bearer {token.reveal()}"},
        params={"label_selector": f"{_LABEL}={deployment_id}"},
        timeout=30,
        verify=verify,
        trust_env=False,
    )
    with client:
        networks = _read(client, "networks")
        balancers = _read(client, "load_balancers")
    return {
        "subnet": any(network["subnets"] for network in networks),
        "listen_ports": sorted(
            {service["listen_port"] for balancer in balancers for service in balancer["services"]}
        ),
    }


def _read(client: httpx.Client, kind: str) -> list[dict[str, Any]]:
    try:
        answer = client.get(f"/{kind}")
        upstream(vendor="hetzner", code=answer.status_code)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()[kind]
    except httpx.HTTPStatusError as error:
        raise CloudAway(
            f"Hetzner answered {error.response.status_code} when asked for {kind}.",
            status_code=error.response.status_code,
        ) from error
    except (httpx.HTTPError, KeyError, ValueError) as error:
        if isinstance(error, httpx.TransportError):
            upstream(vendor="hetzner")
        raise CloudAway(f"Hetzner could not be asked for {kind}.") from error
    return found
