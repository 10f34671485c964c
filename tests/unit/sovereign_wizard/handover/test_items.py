"""What an inventory says, and that it survives being kept as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

from sovereign_wizard.handover.clean_up import variables
from sovereign_wizard.handover.items import Inventory, Item

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SERVER = Item("server", 1, "cp-0", "carries our label", NOW, "nbg1", Decimal("11.99"))
NETWORK = Item("network", 2, "net", "carries our label", NOW)
VOLUME = Item(
    "volume", 3, "pvc", "attached to server cp-0", NOW, "nbg1", Decimal("0.44"), {"size": 10}
)
SEEN = Inventory(NOW, "EUR", (SERVER, NETWORK), (VOLUME,))


def test_given_things_when_said_in_words_then_counted_by_kind_with_the_price() -> None:
    assert SEEN.words() == "1 server, 1 volume, 1 network: €12.43 a month net"
    assert Inventory(NOW, items=(NETWORK,)).words() == "1 network: free of charge"
    assert Inventory(NOW).words() == "nothing"


def test_given_an_inventory_when_kept_as_json_then_it_comes_back_the_same() -> None:
    assert Inventory.from_dict(json.loads(json.dumps(SEEN.as_dict()))) == SEEN


def test_given_cluster_made_things_when_destroying_then_only_our_own_price_is_saved() -> None:
    assert SEEN.saved_net == Decimal("11.99")
    assert SEEN.kept_net == Decimal("0.44")


def test_given_a_reviewed_list_when_turned_into_variables_then_exactly_these_ids() -> None:
    given = variables([VOLUME])

    assert given["volumes"] == {"3": {"name": "pvc", "location": "nbg1", "size": 10}}
    assert not any(things for name, things in given.items() if name != "volumes")
