"""Makes Catalyst's own zones and registers them with their TLDs; run as a program by the stack.

`manage.py dns_bootstrap --json` makes and signs the zones and says what a registrar has to know;
the registry of the local internet is then told, as one would tell a registrar. Safe to run again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import httpx

from catalyst.embedded.probes import bearer
from catalyst.embedded.state import BASE_DIR, StackState


def zones() -> list[dict[str, Any]]:
    """What `dns_bootstrap` says of each zone: `name`, `nameservers`, `glue`, `ds`.

    Raises `CalledProcessError`; its own words have gone to our standard error.
    """
    command = [sys.executable, "manage.py", "dns_bootstrap", "--json"]
    done = subprocess.run(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True, check=True)
    domains: list[dict[str, Any]] = json.loads(done.stdout)["domains"]
    return domains


def register(state: StackState, domains: list[dict[str, Any]]) -> None:
    """Put each delegation into its TLD zone. Raises `httpx.HTTPError`."""
    assert state.registry_url is not None
    with httpx.Client(
        base_url=state.registry_url,
        headers=bearer(state.registry_key),
        trust_env=False,
        timeout=10,
    ) as registry:
        for domain in domains:
            body = {key: domain[key] for key in ("nameservers", "glue", "ds")}
            answer = registry.put(f"/domains/{domain['name'].rstrip('.')}", json=body)
            if answer.is_error:
                print(answer.text, file=sys.stderr)
            answer.raise_for_status()
            print(f"registered {domain['name']}")


if __name__ == "__main__":
    register(StackState.load(), zones())
