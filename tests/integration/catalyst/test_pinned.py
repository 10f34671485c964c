"""An address that was judged is asked under its own name, and its certificate must be for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from catalyst import pinned
from tests.integration.franchise.applications.front import Front, front

ADDRESS = "127.0.77.9"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Front]:
    with front(ADDRESS, "127.0.77.10", tmp_path) as made:
        made.statuses["shop.omantel.example"] = 204
        yield made


def status(url: str, ca_bundle: Path | None) -> int:
    with pinned.asked("GET", url, address=ADDRESS, ca_bundle=ca_bundle, seconds=5.0) as answer:
        return answer.status_code


def test_given_a_name_when_asked_at_an_address_then_by_that_name_there(world: Front) -> None:
    assert status("https://shop.omantel.example/", world.authority) == 204
    world.statuses["shop.omantel.example"] = 302  # is not followed
    assert status("https://shop.omantel.example/", world.authority) == 302


def test_given_another_name_or_authority_when_asked_then_nothing_is_said_to_it(
    world: Front,
) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        status("https://shop.elsewhere.example/", world.authority)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        status("https://shop.omantel.example/", None)
