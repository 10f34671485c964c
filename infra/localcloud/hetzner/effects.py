"""What the end of an action means for the resource it is about.

`ENDS` is for actions that went well. A change whose action failed has been undone before
(`doomed.py`), so `FAILURES` holds only what a failed creation leaves behind.
"""

from collections.abc import Callable

from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.resources import certificates
from infra.localcloud.hetzner.store import Action, Resource

Effect = Callable[[Cloud, Resource, Action], None]


def _becomes(**fields: object) -> Effect:
    def effect(cloud: Cloud, row: Resource, action: Action) -> None:
        row.body |= fields

    return effect


def _created(cloud: Cloud, server: Resource, action: Action) -> None:
    server.body["status"] = "starting" if server.body["start_after_create"] else "off"


def _started(cloud: Cloud, server: Resource, action: Action) -> None:
    # The rescue system is for the next boot only.
    server.body |= {"status": "running", "rescue_enabled": False}


def _rebooted(cloud: Cloud, server: Resource, action: Action) -> None:
    _started(cloud, server, action)
    server.body["boots"] += 1


def _rebuilt(cloud: Cloud, server: Resource, action: Action) -> None:
    _rebooted(cloud, server, action)
    server.body["generation"] = server.body.get("generation", 0) + 1


def _issued(cloud: Cloud, certificate: Resource, action: Action) -> None:
    certificates.complete_issuance(cloud, certificate)


def _not_issued(cloud: Cloud, certificate: Resource, action: Action) -> None:
    certificates.fail_issuance(certificate, action.error or {})


# Command → the kind of the resource that changes, and how.
ENDS: dict[str, tuple[str, Effect]] = {
    "create_certificate": ("certificate", _issued),
    "create_image": ("image", _becomes(status="available")),
    "create_server": ("server", _created),
    "create_volume": ("volume", _becomes(status="available")),
    "issue_certificate": ("certificate", _issued),
    "reboot_server": ("server", _rebooted),
    "rebuild_server": ("server", _rebuilt),
    "reset_server": ("server", _rebooted),
    "shutdown_server": ("server", _becomes(status="off")),
    "start_server": ("server", _started),
    "stop_server": ("server", _becomes(status="off")),
}
FAILURES: dict[str, tuple[str, Effect]] = {
    "create_certificate": ("certificate", _not_issued),
    "create_image": ("image", _becomes(status="unavailable")),
    "create_server": ("server", _becomes(status="off")),
    "create_volume": ("volume", _becomes(status="available")),
    "issue_certificate": ("certificate", _not_issued),
}
