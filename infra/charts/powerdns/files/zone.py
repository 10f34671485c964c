"""Makes the Sovereign's zone in PowerDNS and lets one TSIG key update it; safe to run again.

Records of a zone that is there already are left alone. Environment: API_URL, API_KEY, TSIG_KEY (in
base64), SECONDS_TO_WAIT; what is wanted: WANTED, JSON with `zone`, `nameservers`, `dnssec`, `key`.
Source: PowerDNS's HTTP API (zones, tsigkeys, metadata).
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import httpx


def wait_for(api: httpx.Client, *, until: float) -> None:
    while True:
        try:
            api.get("/config").raise_for_status()
            return
        except httpx.HTTPError as error:
            if time.monotonic() > until:
                sys.exit(f"PowerDNS does not answer: {type(error).__name__}")
            time.sleep(1)


def make_zone(api: httpx.Client, wanted: dict[str, Any]) -> None:
    zone = f"{wanted['zone']}."
    if api.get(f"/zones/{zone}").status_code == httpx.codes.OK:
        return
    body = {
        "name": zone,
        "kind": "Native",
        "nameservers": [f"{name.rstrip('.')}." for name in wanted["nameservers"]],
        "dnssec": wanted["dnssec"],
        "api_rectify": True,
        "soa_edit_api": "DEFAULT",
    }
    api.post("/zones", json=body).raise_for_status()


def allow_updates(api: httpx.Client, wanted: dict[str, Any]) -> None:
    zone, name = f"{wanted['zone']}.", wanted["key"]
    key = {"name": name, "algorithm": "hmac-sha256", "key": os.environ["TSIG_KEY"]}
    if api.get(f"/tsigkeys/{name}.").status_code == httpx.codes.OK:
        api.put(f"/tsigkeys/{name}.", json=key).raise_for_status()
    else:
        api.post("/tsigkeys", json=key).raise_for_status()
    for kind, value in {"TSIG-ALLOW-DNSUPDATE": name, "SOA-EDIT-DNSUPDATE": "DEFAULT"}.items():
        body = {"kind": kind, "metadata": [value]}
        api.put(f"/zones/{zone}/metadata/{kind}", json=body).raise_for_status()


def main() -> None:
    until = time.monotonic() + float(os.environ["SECONDS_TO_WAIT"])
    wanted = json.loads(os.environ["WANTED"])
    with httpx.Client(
        base_url=f"{os.environ['API_URL']}/api/v1/servers/localhost",
        headers={"X-API-Key": os.environ["API_KEY"]},
        timeout=20,
    ) as api:
        wait_for(api, until=until)
        make_zone(api, wanted)
        allow_updates(api, wanted)
    print("the zone is there", flush=True)


if __name__ == "__main__":
    main()
