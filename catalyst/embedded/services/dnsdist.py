"""dnsdist (Debian's): what the world asks at ns1, ns2 and ns3, port 53, comes to PowerDNS by it.

It runs the very file of the chart, so that the laptop tries what a cluster gets.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from catalyst.embedded.probes import dns_answers
from catalyst.embedded.service import CannotStart, Service
from catalyst.embedded.state import BASE_DIR, StackState

_CONFIG = BASE_DIR / "infra" / "charts" / "powerdns" / "files" / "dnsdist.conf"


def _program() -> str:
    program = shutil.which("dnsdist") or shutil.which("dnsdist", path="/usr/bin:/usr/sbin")
    if program is None:
        raise CannotStart("dnsdist is missing: apt-get install dnsdist")
    return program


def _prepare(_state: StackState) -> None:
    _program()


def _env(state: StackState) -> Mapping[str, str]:
    return {
        "LISTEN": " ".join(f"{address}:53" for address in state.nameservers),
        "BACKEND": f"127.0.0.1:{state.ports['powerdns_dns']}",
        "QPS_PER_SOURCE": "100",
        "BLOCK_SECONDS": "10",
        # Our own resolver asks for everybody on this laptop.
        "UNLIMITED": state.resolver or "",
        "METRICS": f"127.0.0.1:{state.ports['dnsdist']}",
        "METRICS_FROM": "127.0.0.1",
    }


SERVER = Service(
    name="dnsdist",
    needs=("powerdns",),
    part_of="powerdns",
    ports=("powerdns_dns", "dnsdist"),
    public=True,
    argv=lambda _: [_program(), "--supervised", "--disable-syslog", "--config", str(_CONFIG)],
    prepare=_prepare,
    env=_env,
    probe=lambda state: all(dns_answers(address) for address in state.nameservers),
    where=lambda state: (
        f"{', '.join(state.nameservers)}, port 53;"
        f" metrics 127.0.0.1:{state.ports['dnsdist']}/metrics"
    ),
)
