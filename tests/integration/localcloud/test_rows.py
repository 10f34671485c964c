"""Truth over time: names, races, actions, restarts, secrets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hcloud import APIException, Client
from hcloud.images import Image
from hcloud.locations import Location
from hcloud.networks import NetworkSubnet
from hcloud.server_types import ServerType

from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_refusals import ssh_public_key

SIZE, OS, PLACE = ServerType(name="cx23"), Image(name="debian-12"), Location(name="hel1")


def test_given_two_creates_of_one_name_at_once_then_exactly_one_wins(
    cloud: LocalCloud, token: str
) -> None:
    def create(number: int) -> int:
        wish = {"name": "one", "public_key": ssh_public_key()}
        return cloud.call("POST", "/ssh_keys", token=token, json=wish).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(create, range(8)))

    assert sorted(statuses) == [201] + [409] * 7


def test_given_a_key_that_is_there_when_uploaded_under_another_name_then_uniqueness_error(
    client: Client,
) -> None:
    key = ssh_public_key()
    client.ssh_keys.create(name="one", public_key=key)

    with pytest.raises(APIException) as refused:
        client.ssh_keys.create(name="other", public_key=key)

    assert refused.value.code == "uniqueness_error"


def test_given_a_new_server_then_it_is_locked_until_made_and_runs_in_the_end(
    client: Client,
) -> None:
    made = client.servers.create(name="a", server_type=SIZE, image=OS, location=PLACE)
    assert (made.server.status, made.action.status) == ("initializing", "running")
    with pytest.raises(APIException) as refused:
        client.servers.power_off(made.server)
    assert refused.value.code == "locked"

    made.action.wait_until_finished()
    for action in made.next_actions:
        action.wait_until_finished()

    assert client.servers.get_by_id(made.server.id).status == "running"
    assert made.action.progress == 100


def test_given_a_type_that_is_not_sold_there_when_a_server_is_made_then_it_is_refused(
    client: Client,
) -> None:
    with pytest.raises(APIException) as refused:
        client.servers.create(name="a", server_type=SIZE, image=OS, location=Location(name="ash"))

    assert refused.value.code == "invalid_input"
    assert client.servers.get_all() == []


def test_given_a_refused_create_then_nothing_of_it_stays(client: Client) -> None:
    network = client.networks.create(name="n", ip_range="10.0.0.0/16")

    with pytest.raises(APIException) as refused:
        client.servers.create(
            name="a", server_type=SIZE, image=OS, location=PLACE, networks=[network]
        )

    assert refused.value.code == "no_subnet_available"
    assert client.servers.get_all() == client.primary_ips.get_all() == []


def test_given_servers_in_a_subnet_when_it_is_deleted_then_it_is_refused_until_they_are_gone(
    client: Client,
) -> None:
    subnet = NetworkSubnet(ip_range="10.0.1.0/24", type="cloud", network_zone="eu-central")
    network = client.networks.create(name="n", ip_range="10.0.0.0/16", subnets=[subnet])
    made = client.servers.create(
        name="a", server_type=SIZE, image=OS, location=PLACE, networks=[network]
    )
    with pytest.raises(APIException) as refused:
        client.networks.delete_subnet(network, subnet)
    assert refused.value.code == "service_error"

    for action in (made.action, *made.next_actions):
        action.wait_until_finished()
    client.servers.delete(made.server)

    client.networks.delete_subnet(network, subnet).wait_until_finished()
    assert client.networks.get_by_id(network.id).subnets == []


def test_given_a_kill_in_the_middle_of_a_create_when_started_again_then_the_server_runs(
    own_cloud: LocalCloud,
) -> None:
    own_cloud.action_seconds = 1.0
    own_cloud.__post_init__()
    own_cloud.start()
    token = own_cloud.token(own_cloud.project())
    made = own_cloud.client(token).servers.create(
        name="a", server_type=SIZE, image=OS, location=PLACE, user_data="#cloud-config\n{}"
    )
    own_cloud.kill()

    own_cloud.start()

    client = own_cloud.client(token)
    for action in (made.action, *made.next_actions):
        client.actions.get_by_id(action.id).wait_until_finished()
    server = client.servers.get_by_id(made.server.id)
    assert (server.status, server.public_net.ipv4.ip) == (
        "running",
        made.server.public_net.ipv4.ip,
    )


def test_given_a_token_then_it_is_in_no_file_of_the_cloud(own_cloud: LocalCloud) -> None:
    own_cloud.start()
    token = own_cloud.token(own_cloud.project())
    own_cloud.client(token).servers.create(name="a", server_type=SIZE, image=OS, location=PLACE)
    own_cloud.stop()

    holding = [
        file
        for file in own_cloud.directory.rglob("*")
        if file.is_file() and token.encode() in file.read_bytes()
    ]
    assert holding == []


def test_given_a_reset_then_every_resource_is_gone_and_the_token_still_works(
    own_cloud: LocalCloud,
) -> None:
    own_cloud.start()
    client = own_cloud.client()
    client.servers.create(name="a", server_type=SIZE, image=OS, location=PLACE)

    assert own_cloud.ask_admin("POST", "/reset").status_code == 204

    assert client.servers.get_all() == client.primary_ips.get_all() == []


def test_given_an_address_given_back_then_the_next_server_gets_another_one(
    client: Client,
) -> None:
    def address_of_a_new_server() -> str:
        made = client.servers.create(name="a", server_type=SIZE, image=OS, location=PLACE)
        made.action.wait_until_finished()
        client.servers.delete(made.server)
        return str(made.server.public_net.ipv4.ip)

    assert address_of_a_new_server() != address_of_a_new_server()
