"""How the local internet starts, recovers, ends, and what it says when it cannot start."""

from __future__ import annotations

import json
import re
import socket
import subprocess

import pytest

import dns.rdatatype
from tests.integration.internet.running import (
    ROOT,
    Internet,
    NameServer,
    is_alive,
    kill,
    until,
)


def root_keys(internet: Internet) -> list[str]:
    answer = internet.ask(".", "DNSKEY", server=2).answer
    return [rrset.to_text() for rrset in answer if rrset.rdtype == dns.rdatatype.DNSKEY]


def test_given_a_restart_then_the_root_key_and_the_delegations_are_the_same(
    other_internet: Internet,
) -> None:
    other_internet.start()
    assert (keys := root_keys(other_internet))
    body = {"nameservers": ["ns1.kept.io."], "glue": {"ns1.kept.io.": ["198.18.0.9"]}, "ds": []}
    other_internet.call("PUT", "/domains/kept.io", json=body)
    assert other_internet.stop() == 0

    other_internet.start()

    assert root_keys(other_internet) == keys
    assert other_internet.call("GET", "/domains/kept.io").json()["glue"] == body["glue"]


def test_given_a_tld_taken_from_the_configuration_then_the_root_no_longer_knows_it(
    other_internet: Internet,
) -> None:
    other_internet.start()
    assert other_internet.ask("com.", "DS", server=2).answer
    other_internet.stop()
    config = json.loads(other_internet.config.read_text())
    other_internet.config.write_text(json.dumps({**config, "tlds": ["works", "net"]}))

    other_internet.start()

    assert not other_internet.ask("com.", "DS", server=2).answer
    assert other_internet.ask("net.", "DS", server=2).answer


def test_given_a_part_is_killed_then_it_is_started_again(other_internet: Internet) -> None:
    other_internet.start()
    before = other_internet.children()
    for pid in before:
        kill(pid)

    until(lambda: len(other_internet.children()) == len(before) and other_internet.is_well())

    assert not set(before) & set(other_internet.children())


def test_given_the_parent_is_killed_then_no_child_is_left(other_internet: Internet) -> None:
    other_internet.start()
    assert other_internet.process is not None
    children = other_internet.children()
    # root, TLDs, resolver, proxy and the proxy's own child
    assert len(children) == 5

    kill(other_internet.process.pid)
    other_internet.process.wait()

    until(lambda: not [pid for pid in children if is_alive(pid)], seconds=2)


def test_given_sigterm_then_it_ends_with_all_children_and_code_0(other_internet: Internet) -> None:
    other_internet.start()
    children = other_internet.children()

    assert other_internet.stop() == 0

    assert not [pid for pid in children if is_alive(pid)]


def test_given_an_address_is_taken_then_it_says_which_and_leaves_nothing_running(
    internet: Internet, name_server: NameServer, other_internet: Internet
) -> None:
    taken = str(other_internet.network[4])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as squatter:
        squatter.bind((taken, 53))

        ended = other_internet.run("serve")

    assert ended.returncode == 1
    assert f"{taken}:53 is taken" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_given_no_right_to_add_the_route_then_it_names_the_one_command(
    other_internet: Internet,
) -> None:
    config = json.loads(other_internet.config.read_text())
    other_internet.config.write_text(json.dumps({**config, "range": "198.19.255.0/24"}))
    without_right = ["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", "--"]

    ended = subprocess.run(
        [*without_right, *other_internet.command("serve")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert "sudo ip route add local 198.19.255.0/24 dev lo" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"range": "not a range"}, "not a range"),
        ({"tlds": ["co.uk"]}, "co.uk"),
        ({"proxy": {"host": "0.0.0.0", "port": 1080}}, "0.0.0.0 is not a loopback"),
        ({"registry": {"host": "127.0.0.1", "port": 1081}}, "key_file is missing"),
        ({"state_dir": "x" * 100}, "state_dir is too long"),
    ],
)
def test_given_a_wrong_configuration_then_it_says_what_is_wrong(
    other_internet: Internet, change: dict[str, object], complaint: str
) -> None:
    config = json.loads(other_internet.config.read_text())
    other_internet.config.write_text(json.dumps({**config, **change}))

    ended = other_internet.run("serve")

    assert ended.returncode == 2
    assert complaint in ended.stderr
    assert "Traceback" not in ended.stderr


def test_given_a_start_then_no_key_is_on_a_command_line_or_in_a_log(
    other_internet: Internet,
) -> None:
    other_internet.start()
    other_internet.call("GET", "/domains/any.io")
    secrets = {(other_internet.directory / "key").read_text()}
    for config in other_internet.directory.glob("state/*/pdns.conf"):
        assert config.stat().st_mode & 0o077 == 0
        secrets |= set(re.findall(r"^api-key=(.+)$", config.read_text(), re.MULTILINE))
    assert len(secrets) == 3

    seen = " ".join(other_internet.children().values())
    seen += (other_internet.directory / "serve.log").read_text()
    seen += "".join(log.read_text() for log in other_internet.directory.glob("state/logs/*"))

    assert not [secret for secret in secrets if secret in seen]
