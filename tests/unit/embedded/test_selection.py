"""Which services `--only` starts, and in which order."""

import pytest

from catalyst.embedded.selection import UnknownService, before, select, stand_on
from catalyst.embedded.services import EVERY


def names(*only: str) -> list[str]:
    return [service.name for service in select(EVERY, only)]


def test_given_one_service_when_selected_then_its_needs_and_parts_come_along():
    assert names("postgres") == ["postgres-init", "postgres", "databases"]


def test_given_a_service_with_needs_of_needs_when_selected_then_all_of_them_are_there():
    assert {"postgres", "databases", "migrate", "redis", "web"} <= set(names("web"))
    assert "internet" not in names("web")


def test_given_no_choice_when_selected_then_everything_is():
    assert select(EVERY, None) == list(EVERY)


def test_given_an_unknown_name_when_selected_then_the_error_names_it_and_the_known_ones():
    with pytest.raises(UnknownService, match=r"no service mysql; there are .*postgres"):
        names("redis", "mysql")


def test_given_every_service_when_read_in_order_then_what_it_waits_for_stands_before_it():
    seen: set[str] = set()
    for service in EVERY:
        assert set(before(service, EVERY)) <= seen
        assert set(service.needs) <= {other.name for other in EVERY}
        seen.add(service.name)


def test_given_something_to_come_after_that_is_not_selected_then_it_is_not_waited_for():
    web = next(service for service in EVERY if service.name == "web")
    assert "acme-trust" not in before(web, select(EVERY, ["web"]))
    assert "acme-trust" in before(web, EVERY)


def test_given_a_service_that_waits_for_a_step_when_asked_then_it_stands_on_what_the_step_needed():
    below = stand_on(EVERY)
    assert "postgres" in below["web"]
    assert {"postgres", "redis", "powerdns", "pebble", "localcloud"} <= below["worker"]
    assert below["redis"] == frozenset()
