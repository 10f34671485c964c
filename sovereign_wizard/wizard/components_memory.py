"""Does what was chosen fit into the memory of the machines? An estimate, said beside the sum."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from catalyst.blueprints import services as blueprints
from catalyst.problem import Problem
from sovereign_wizard.catalog.offer import HIGHLY_AVAILABLE
from sovereign_wizard.catalog.services import catalogue_for
from sovereign_wizard.wizard import wishes
from sovereign_wizard.wizard.components_choice import Choice
from sovereign_wizard.wizard.models import Draft

# What a machine keeps for itself: k3s asks for 2 GB on a server and 512 MB on an agent
# (docs.k3s.io, Requirements).
SERVER_MIB, AGENT_MIB = 2048, 512
MIB_PER_GB = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """All in GB, as Hetzner counts. `there` is None when the sizes cannot be asked now."""

    components: Decimal
    apps: Decimal
    machines: Decimal
    there: Decimal | None

    @property
    def needed(self) -> Decimal:
        return self.components + self.apps + self.machines

    @property
    def fits(self) -> bool:
        return self.there is None or self.needed <= self.there


def memory(draft: Draft, choice: Choice) -> Memory:
    values, known = draft.values, blueprints.catalogue().components
    # A highly available Sovereign runs each component on three machines.
    servers = HIGHLY_AVAILABLE if wishes.ha_enabled(values) else 1
    workers = int(values.get("worker_count") or 0)
    components = sum(known[name].memory for name in choice.components.chosen)
    apps = sum(each.usage.memory for each in blueprints.with_services(choice.apps))
    return Memory(
        components=_gb(components * servers),
        apps=_gb(apps),
        machines=_gb(servers * SERVER_MIB + workers * AGENT_MIB),
        there=_there(draft, servers, workers),
    )


def _there(draft: Draft, servers: int, workers: int) -> Decimal | None:
    try:
        catalogue = catalogue_for(token_reference=draft.token_reference)
    except Problem:
        return None
    server = catalogue.server_type(draft.values.get("control_plane_size", ""))
    worker = catalogue.server_type(draft.values.get("worker_size", ""))
    if server is None or (workers and worker is None):
        return None
    return server.ram_gb * servers + (worker.ram_gb * workers if worker else 0)


def _gb(mib: int) -> Decimal:
    return (Decimal(mib) / MIB_PER_GB).quantize(Decimal("0.1"))
