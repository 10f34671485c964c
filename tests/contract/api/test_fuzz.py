"""Schemathesis over the published document, as each role: the owner, another member, an operator, a
sovereign admin and nobody. Programs with a token of each scope: tests/contract/dns_api.

In one process, inside the test's transaction: what an example makes is gone with the test, and no
worker ever sees it.
"""

from __future__ import annotations

from typing import Any

import pytest

from catalyst.identity.models import Role, User
from catalyst.vault import services as vault
from dns.byo.models import DomainMove
from sovereign_wizard.provisioning.models import Deployment
from tests.contract.api.fuzzing import Owned, Somebody, logged_in, person, send_all, shows
from tests.security.things import things_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("connection_kept"),
    pytest.mark.xdist_group("fuzz"),
]
MACHINES = {"machines_call_back", "machines_put_kubeconfig"}


def test_given_the_owner_when_every_operation_is_fuzzed_then_no_500_and_all_as_documented(
    owner: User, owned: Owned
) -> None:
    caller = logged_in(owner)
    bearer = vault.get(owned.deployment.secrets["callback-bearer"]).reveal()
    caller.headers["Authorization"] = f"Bearer {bearer}"
    seen: dict[str, set[int]] = {}

    def judge(name: str, answer: Any) -> None:
        seen.setdefault(name, set()).add(answer.status_code)
        assert not shows(owned.hidden, answer), f"{name} shows a secret"

    sent = send_all(caller, judge, ids=owned.ids)

    assert sent > 300
    succeed = {name for name, statuses in seen.items() if min(statuses) < 300}
    assert succeed >= {"deployments_detail", "jobs_detail", "jobs_log", "machines_call_back"}


def test_given_an_operator_when_every_operation_is_fuzzed_then_as_documented_and_no_secret(
    owned: Owned,
) -> None:
    seen: dict[str, set[int]] = {}

    def judge(name: str, answer: Any) -> None:
        seen.setdefault(name, set()).add(answer.status_code)
        assert not shows(owned.hidden, answer), f"{name} shows a secret"
        if name in MACHINES:
            assert answer.status_code >= 400, f"{name} let a person in"

    operator = logged_in(person("operator@example.com", Role.OPERATOR))
    send_all(operator, judge, ids=owned.ids)

    succeed = {name for name, statuses in seen.items() if min(statuses) < 300}
    assert succeed >= {"deployments_detail", "domains_panel", "tokens_listing", "held_listing"}


@pytest.mark.parametrize("who", ["stranger", "sovereign-admin", "anybody"])
def test_given_others_when_every_operation_is_fuzzed_then_nothing_of_the_owners_is_shown_or_done(
    owned: Owned, who: str
) -> None:
    if who == "anybody":
        caller = Somebody(headers={"Authorization": "Bearer wrong"})
    elif who == "stranger":
        stranger = person("stranger@example.com")
        things_of(stranger, organization="Stranger Telecom", domain="stranger.example")
        caller = logged_in(stranger)
    else:
        caller = logged_in(person("admin@example.com", Role.SOVEREIGN_ADMIN))
    before = everything_of(owned)

    def judge(name: str, answer: Any) -> None:
        shown = shows((*owned.canaries, *owned.hidden), answer)
        assert not shown, f"{name} shows {shown}"
        # Nothing of the API is a sovereign admin's at Catalyst-Zero.
        if name in MACHINES or who != "stranger":
            assert answer.status_code >= 400, f"{name} let {who} in"

    send_all(caller, judge, ids=owned.ids, real_only=who != "stranger")

    assert everything_of(owned) == before


def everything_of(owned: Owned) -> list[Any]:
    return [
        list(Deployment.objects.filter(pk=owned.deployment.pk).values()),
        list(DomainMove.objects.filter(pk=owned.ids["move_id"]).values()),
    ]
