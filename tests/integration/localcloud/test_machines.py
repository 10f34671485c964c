"""Servers boot: their user data becomes files, their power is real, nothing is left behind."""

from __future__ import annotations

import base64
import gzip
import json

from hcloud import Client
from hcloud.servers import Server

from tests.integration.internet.running import until
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_rows import OS, PLACE, SIZE

SECRET = "kept-to-the-machine"


def boot(client: Client, user_data: str, name: str = "m") -> Server:
    made = client.servers.create(
        name=name, server_type=SIZE, image=OS, location=PLACE, user_data=user_data
    )
    for action in (made.action, *made.next_actions):
        action.wait_until_finished()
    return made.server


def test_given_cloud_config_when_a_server_is_made_then_its_files_are_on_the_machine(
    cloud: LocalCloud, client: Client
) -> None:
    packed = base64.b64encode(gzip.compress(b"packed")).decode()
    files = [
        {"path": "/etc/told", "content": SECRET, "permissions": "0600"},
        {"path": "/opt/packed", "encoding": "gz+b64", "content": packed, "permissions": "0755"},
        {"path": "/../../outside", "content": "inside"},
    ]
    document = {"write_files": files, "runcmd": [["touch", "/never"]], "unknown": {"kept": "out"}}

    server = boot(client, "#cloud-config\n" + json.dumps(document))

    machine = cloud.machine_dir(server.id)
    until(lambda: cloud.machine_status(server.id)["phase"] == "running")
    assert (machine / "root/etc/told").read_text() == SECRET
    assert (machine / "root/etc/told").stat().st_mode & 0o777 == 0o600
    assert (machine / "root/opt/packed").read_bytes() == b"packed"
    assert (machine / "root/opt/packed").stat().st_mode & 0o777 == 0o755
    assert (machine / "root/outside").read_text() == "inside"
    assert json.loads((machine / "root/var/lib/cloud/runcmd.json").read_text()) == [
        ["touch", "/never"]
    ]
    assert SECRET not in (machine / "console.log").read_text()


def test_given_broken_cloud_config_then_the_machine_says_so_and_shows_none_of_it(
    cloud: LocalCloud, client: Client
) -> None:
    server = boot(client, f"#cloud-config\nwrite_files: [{{path: '/x', content: {SECRET}")

    until(lambda: cloud.machine_status(server.id)["phase"] == "first boot failed")
    console = (cloud.machine_dir(server.id) / "console.log").read_text()
    assert "user data is not YAML at line" in console
    assert SECRET not in console


def test_given_a_running_server_when_power_is_switched_then_the_machine_follows(
    cloud: LocalCloud, client: Client
) -> None:
    server = boot(client, "")
    until(lambda: cloud.machine_status(server.id)["power"] == "on")

    client.servers.power_off(server).wait_until_finished()
    until(lambda: cloud.machine_status(server.id)["power"] == "off")
    assert client.servers.get_by_id(server.id).status == "off"

    client.servers.power_on(server).wait_until_finished()
    until(lambda: cloud.machine_status(server.id)["power"] == "on")
    assert client.servers.get_by_id(server.id).status == "running"


def test_given_a_deleted_server_then_its_disk_is_gone(cloud: LocalCloud, client: Client) -> None:
    server = boot(client, "")
    until(cloud.machine_dir(server.id).exists)

    client.servers.delete(server).wait_until_finished()

    until(lambda: not cloud.machine_dir(server.id).exists())


def test_given_a_machine_when_the_cloud_starts_again_then_its_disk_is_as_it_was(
    own_cloud: LocalCloud,
) -> None:
    own_cloud.start()
    token = own_cloud.token(own_cloud.project())
    server = boot(own_cloud.client(token), "#cloud-config\nwrite_files: [{path: /a, content: b}]")
    written = own_cloud.machine_dir(server.id) / "root/a"
    until(written.exists)
    written.write_text("changed by the machine")

    assert own_cloud.stop() == 0
    own_cloud.start()

    until(lambda: own_cloud.machine_status(server.id)["power"] == "on")
    assert written.read_text() == "changed by the machine"
