"""A plan in numbers and words."""

from __future__ import annotations

import json

import pytest

from sovereign_wizard.tofu import summary
from sovereign_wizard.tofu.summary import Action, Loss


def document(*changes: tuple[str, str, list[str]]) -> str:
    return json.dumps(
        {
            "resource_changes": [
                {
                    "address": address,
                    "type": kind,
                    "mode": "data" if address.startswith("data.") else "managed",
                    "change": {"actions": actions},
                }
                for address, kind, actions in changes
            ]
        }
    )


def test_given_creations_when_summed_up_then_kinds_are_counted_in_the_order_of_making() -> None:
    found = summary.of(
        document(
            ("hcloud_server.worker[0]", "hcloud_server", ["create"]),
            ("hcloud_server.worker[1]", "hcloud_server", ["create"]),
            ("hcloud_network.sovereign", "hcloud_network", ["create"]),
            ("hcloud_network_subnet.machines", "hcloud_network_subnet", ["create"]),
        )
    )
    assert found.words() == "creates 1 network, 1 subnet and 2 servers"
    assert found.total(Action.CREATE) == 4


@pytest.mark.parametrize("actions", [["delete", "create"], ["create", "delete"]])
def test_given_a_replacement_when_summed_up_then_it_is_named(actions: list[str]) -> None:
    found = summary.of(document(("hcloud_server.control_plane", "hcloud_server", actions)))
    assert found.losses == (Loss(Action.REPLACE, "hcloud_server.control_plane"),)
    assert found.words() == "replaces 1 server"


def test_given_several_actions_when_summed_up_then_each_has_its_clause() -> None:
    found = summary.of(
        document(
            ("hcloud_firewall.machines", "hcloud_firewall", ["update"]),
            ("hcloud_network.sovereign", "hcloud_network", ["delete"]),
            ("hcloud_server.worker[0]", "hcloud_server", ["delete"]),
        )
    )
    assert [loss.address for loss in found.losses] == [
        "hcloud_server.worker[0]", "hcloud_network.sovereign",
    ]  # fmt: skip
    assert found.words() == "changes 1 firewall; destroys 1 network and 1 server"


def test_given_reads_and_no_ops_when_summed_up_then_nothing_changes() -> None:
    found = summary.of(
        document(
            ("data.hcloud_location.region", "hcloud_location", ["read"]),
            ("hcloud_network.sovereign", "hcloud_network", ["no-op"]),
        )
    )
    assert found.is_empty
    assert found.words() == "changes nothing"


def test_given_leftovers_when_summed_up_then_taking_over_is_said_apart() -> None:
    found = summary.of(
        json.dumps(
            {
                "resource_changes": [
                    {
                        "address": "hcloud_network.sovereign",
                        "type": "hcloud_network",
                        "change": {"actions": ["no-op"], "importing": {"id": "1"}},
                    },
                    {
                        "address": "hcloud_server.control_plane",
                        "type": "hcloud_server",
                        "change": {"actions": ["update"], "importing": {"id": "2"}},
                    },
                ]
            }
        )
    )
    assert found.words() == "takes over 1 network and 1 server; changes 1 server"


def test_given_a_kind_without_a_word_when_summed_up_then_its_type_is_the_word() -> None:
    found = summary.of(document(("hcloud_floating_ip.x", "hcloud_floating_ip", ["create"])))
    assert found.words() == "creates 1 floating ip"


def test_given_no_changes_at_all_when_summed_up_then_nothing_changes() -> None:
    assert summary.of("{}").words() == "changes nothing"
