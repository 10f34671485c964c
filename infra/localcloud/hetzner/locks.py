"""What must wait for a running action: `locked` for most kinds, `conflict` for networks.

Nothing is kept for it: the running actions are the lock, so it goes with them, whatever happens.
"""

from collections.abc import Set

from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.errors import ApiError
from infra.localcloud.hetzner.store import Resource

# Command → the kinds of its resources that it has for itself.
_LOCKING: dict[str, frozenset[str]] = {
    "attach_volume": frozenset({"volume"}),
    "change_server_type": frozenset({"server"}),
    "create_image": frozenset({"image", "server"}),
    "create_server": frozenset({"server"}),
    "create_volume": frozenset({"volume"}),
    "detach_volume": frozenset({"volume"}),
    "rebuild_server": frozenset({"server"}),
    "resize_volume": frozenset({"volume"}),
}
_NETWORK_CHANGES = frozenset(
    {"add_route", "add_subnet", "change_ip_range", "delete_route", "delete_subnet"}
)


def is_locked(cloud: Cloud, row: Resource) -> bool:
    return _under(cloud, row, {name for name, kinds in _LOCKING.items() if row.kind in kinds})


def need_unlocked(cloud: Cloud, row: Resource) -> None:
    """Raises `locked` while a running action has the resource for itself."""
    if is_locked(cloud, row):
        raise ApiError("locked", f"{row.kind} {row.id} is locked by a running action")


def need_no_change(cloud: Cloud, network: Resource) -> None:
    """Raises `conflict` while the network is being changed."""
    if _under(cloud, network, _NETWORK_CHANGES):
        raise ApiError("conflict", f"network {network.id} is being changed, please try again")


def _under(cloud: Cloud, row: Resource, commands: Set[str]) -> bool:
    concerned = {"id": row.id, "type": row.kind}
    return any(
        action.command in commands and concerned in action.resources
        for action in cloud.store.running_actions()
    )
