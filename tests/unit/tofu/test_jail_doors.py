"""Which ways out of its network tofu is given: the endpoint and the database, by any spelling."""

from __future__ import annotations

from pathlib import Path

from sovereign_wizard.tofu.jail import doors
from sovereign_wizard.tofu.jail.child import Door

DSN = "postgresql://tofu:pw@{}/tofu?sslmode=disable"


def test_given_production_when_asked_then_names_lead_to_loopback_and_nothing_else_does() -> None:
    found = doors.of({"PG_CONN_STR": "postgresql://tofu:pw@catalyst-db-rw/tofu"})
    assert found.doors == (
        Door("127.77.0.1", 443, "api.hetzner.cloud", 443),
        Door("127.77.0.2", 5432, "catalyst-db-rw", 5432),
    )
    assert found.hosts.splitlines() == [
        "127.0.0.1 localhost",
        "127.77.0.1 api.hetzner.cloud",
        "127.77.0.2 catalyst-db-rw",
    ]


def test_given_a_laptop_when_asked_then_addresses_stay_as_they_are() -> None:
    found = doors.of(
        {"HCLOUD_ENDPOINT": "http://127.0.0.1:8080/v1", "PG_CONN_STR": DSN.format("[::1]:6000")}
    )
    assert found.doors == (
        Door("127.0.0.1", 8080, "127.0.0.1", 8080),
        Door("::1", 6000, "::1", 6000),
    )


def test_given_two_databases_or_a_socket_when_asked_then_each_has_its_way() -> None:
    found = doors.of({"PG_CONN_STR": "host=db-1,db-2 port=6001,6002 password=pw"})
    assert [(door.host, door.port) for door in found.doors[1:]] == [("db-1", 6001), ("db-2", 6002)]
    local = doors.of({"PG_CONN_STR": "host=/run/postgresql dbname=tofu"})
    assert local.sockets == (Path("/run/postgresql"),)
    assert len(local.doors) == 1


def test_given_a_door_when_written_and_read_then_it_is_the_same_one() -> None:
    door = Door("fd00::1", 443, "fd00::1", 8443)
    assert Door.parse(str(door)) == door


def test_given_a_password_when_asked_then_no_door_tells_it() -> None:
    found = doors.of({"PG_CONN_STR": DSN.format("127.0.0.1:5432").replace("pw", "canary-pw")})
    assert "canary" not in f"{found.hosts}{[str(door) for door in found.doors]}"
