"""What the module's `adopt.tf` needs to know and the provider cannot tell it.

A few reads of the Hetzner API. It must never change anything: only OpenTofu does.
"""

from __future__ import annotations

from typing import Any

from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.client import Hetzner
from sovereign_wizard.catalog.project import LABEL

VARIABLE = "already_there"


def already_there(*, token: Secret, deployment_id: str, endpoint: str = "") -> dict[str, Any]:
    """Value of the module's variable `already_there`: `{"subnet": bool, "listen_ports": [int]}`.

    The provider has no data source for subnets and leaves out the services of a load balancer, and
    neither carries labels: one that was made just before tofu was killed would be made again and
    refused. Ask before every plan. Raises HetznerAway, RateLimited, TokenRefused.
    """
    ours = f"{LABEL}={deployment_id}"
    with Hetzner(token, endpoint=endpoint) as cloud:
        networks = list(cloud.every("networks", label_selector=ours))
        balancers = list(cloud.every("load_balancers", label_selector=ours))
    return {
        "subnet": any(network["subnets"] for network in networks),
        "listen_ports": sorted(
            {service["listen_port"] for balancer in balancers for service in balancer["services"]}
        ),
    }
