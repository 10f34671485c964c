"""The panel of a domain on its way, and its acts: whose they are, what they say, how they look
without a script. Rows as the worker leaves them; the worker itself is tested in `byo/`."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from catalyst.identity.models import Role, User
from catalyst.limits.services import forgive
from dns.byo import services
from dns.byo.models import DomainMove, MoveState, Step
from dns.byo.values import Asked, Round
from dns.registrars.services import credentials_of

pytestmark = pytest.mark.django_db
KEYS = {"key": "a:b", "secret": "c"}
OLD = ("ns71.domaincontrol.com", "ns72.domaincontrol.com")
OURS = ("ns1.openova.io", "ns2.openova.io", "ns3.openova.io")


class Person:
    def __init__(self, role: str = Role.MEMBER) -> None:
        name = f"{secrets.token_hex(6)}@example.com"
        self.user = User.objects.create(subject=name, email=name, roles=[role])
        for action in ("domain-look", "registrar"):
            forgive(action=action, key=f"person:{self.user.pk}")
        self.client = Client()
        self.client.force_login(self.user)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.client.get(path, headers=headers)

    def post(self, path: str, **fields: str) -> HttpResponse:
        return self.client.post(path, fields)


@pytest.fixture
def owner(db: None) -> Person:
    return Person()


def begun(owner: Person, *, registrar: bool = False, **fields: Any) -> DomainMove:
    """A move of this person's, as far as `fields` say."""
    more: dict[str, Any] = {}
    if registrar:
        more = {"registrar": "godaddy", "credentials": credentials_of("godaddy", fields=KEYS)}
    move = services.begin(
        domain=f"d{secrets.token_hex(6)}.com",
        mode="registrar" if registrar else "manual",
        owner=f"deployment:{uuid.uuid4()}",
        account=owner.user.account,
        actor=str(owner.user),
        idempotency_key=secrets.token_hex(8),
        **more,
    )
    DomainMove.objects.filter(pk=move.move_id).update(**fields)
    return DomainMove.objects.get(pk=move.move_id)


def waiting(owner: Person, *, for_hours: float = 0, **fields: Any) -> DomainMove:
    """The parent still names the old servers, a resolver too; ours are right."""
    at = timezone.now()
    asked = [
        Asked("parent", "a.nic.com", "192.0.2.1", OLD, 3600, at.isoformat(), "still names others"),
        Asked("ours", "ns1.openova.io", "192.0.2.53", OURS, 300, at.isoformat(), ""),
        Asked("resolver", "192.0.2.4", "192.0.2.4", OLD, 60, at.isoformat(), "still names others"),
    ]
    row = {
        "state": MoveState.PENDING_FLIP,
        "step": Step.PROPAGATION,
        "words": "The parent still names others.",
        "needs": ["ns"],
        "answers": Round(tuple(asked)).as_json(),
        "snapshot": {"ns": list(OLD), "ds": [], "taken_at": at.isoformat()},
        "polling_at": at - timedelta(hours=for_hours),
        "next_poll_at": at + timedelta(minutes=10),
        "proved_at": at,
    }
    return begun(owner, **{**row, **fields})


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_given_a_domain_on_its_way_then_the_panel_says_who_answers_what_and_what_to_do(
    owner: Person,
) -> None:
    row = waiting(owner)
    page = text(owner.get(f"/own-domains/{row.pk}/"))

    assert row.words in page and "Waiting for the parent" in page
    for said in ("a.nic.com", "ns1.openova.io", "192.0.2.4", *OLD, "still names others"):
        assert said in page
    assert "0 of 1 right" in page and "1 of 1 right" in page
    assert page.count("data-until") == 4  # three TTLs and the next look
    assert 'data-copy="ns2.openova.io"' in page and 'data-testid="byo-do-ns"' in page
    assert "Check now" in page and "Bring the old name servers back" in page


@pytest.mark.parametrize(("hours", "late"), [(23.9, ""), (24.1, "24"), (49, "48")])
def test_given_days_without_the_delegation_then_it_is_said(
    owner: Person, hours: float, late: str
) -> None:
    page = text(owner.get(f"/own-domains/{waiting(owner, for_hours=hours).pk}/"))

    assert ("byo-late" in page) is bool(late)
    assert not late or f"more than {late} hours" in page


def test_given_old_and_new_servers_together_then_it_is_a_warning(owner: Person) -> None:
    assert "mixed" in text(owner.get(f"/own-domains/{waiting(owner, verdict='mixed').pk}/"))


def test_given_nothing_new_when_asked_by_htmx_then_nothing_is_sent(owner: Person) -> None:
    row = waiting(owner)
    version = services.panel(move_id=row.pk).version

    same = owner.get(f"/own-domains/{row.pk}/panel/?seen={version}")
    other = owner.get(f"/own-domains/{row.pk}/panel/?seen=x")

    assert same.status_code == 204
    assert other.status_code == 200 and "<html" not in text(other) and 'id="move"' in text(other)


@pytest.mark.parametrize("path", ["", "panel/", "resume/", "restore/"])
def test_given_somebody_elses_domain_then_404_log_in_first_and_operators_see_it(
    owner: Person, path: str
) -> None:
    address = f"/own-domains/{waiting(owner).pk}/{path}"

    assert Person().get(address).status_code == 404
    assert Person(Role.OPERATOR).get(address).status_code == 200
    assert Client().get(address).url.startswith("/login/")


@pytest.mark.parametrize("path", ["check/", "resume/", "restore/"])
def test_given_somebody_elses_domain_when_acted_on_then_404_and_nothing_changes(
    owner: Person, path: str
) -> None:
    row = waiting(owner)

    assert Person().post(f"/own-domains/{row.pk}/{path}", confirm=row.fqdn).status_code == 404
    assert services.status(move_id=row.pk).state == MoveState.PENDING_FLIP


def test_given_check_now_then_a_look_is_due_and_one_is_back_where_one_came_from(
    owner: Person,
) -> None:
    row = waiting(owner)
    home = f"/sovereign/deployments/{uuid.uuid4()}/"

    assert owner.post(f"/own-domains/{row.pk}/check/", next=home).url == home
    row.refresh_from_db()
    assert row.next_poll_at is not None and row.next_poll_at <= timezone.now()
    for elsewhere in ("https://evil.example/", "//evil.example/", ""):
        answer = owner.post(f"/own-domains/{row.pk}/check/", next=elsewhere)
        assert answer.url == f"/own-domains/{row.pk}/"


def test_given_restore_then_the_name_is_typed_and_only_then_it_goes_back(owner: Person) -> None:
    row = waiting(owner)
    address = f"/own-domains/{row.pk}/restore/"
    assert all(name in text(owner.get(address)) for name in OLD)

    wrong = owner.post(address, confirm="another.com")
    assert wrong.status_code == 422 and 'id="id_confirm-error"' in text(wrong)
    assert services.status(move_id=row.pk).state == MoveState.PENDING_FLIP

    assert owner.post(address, confirm=row.fqdn.upper()).status_code == 302
    assert services.status(move_id=row.pk).state == MoveState.RESTORING


def test_given_a_stop_at_a_registrar_then_credentials_are_asked_once_more_and_never_shown(
    owner: Person,
) -> None:
    row = begun(
        owner, registrar=True, state=MoveState.FAILED, step=Step.FLIP, credentials_ref="",
        problem={"title": "The domain is locked", "detail": "Unlock it."}, words="It is locked.",
    )  # fmt: skip
    page = text(owner.get(f"/own-domains/{row.pk}/"))
    assert "The domain is locked" in page and "Give credentials and go on" in page
    address = f"/own-domains/{row.pk}/resume/"

    missing = owner.post(address, **{"godaddy-key": "k:only"})
    assert missing.status_code == 422 and 'id="id_godaddy-secret-error"' in text(missing)
    assert "k:only" not in text(missing)

    given = owner.post(address, **{"godaddy-key": "a:b", "godaddy-secret": "c"})
    assert given.status_code == 302
    row.refresh_from_db()
    assert row.state != MoveState.FAILED and row.credentials_ref


def test_given_mail_that_would_stop_then_going_on_takes_the_domain_typed(owner: Person) -> None:
    problem = {"type": "needs-acknowledgement", "title": "It would stop", "detail": "MX of it."}
    row = begun(owner, state=MoveState.FAILED, step=Step.PREFLIGHT, problem=problem)
    address = f"/own-domains/{row.pk}/resume/"
    assert f'href="{address}"' in text(owner.get(f"/own-domains/{row.pk}/"))

    assert owner.post(address).status_code == 422
    wrong = owner.post(address, acknowledgement="another.com")
    assert wrong.status_code == 422 and 'id="id_acknowledgement-error"' in text(wrong)
    assert owner.post(address, acknowledgement=row.fqdn).status_code == 302
    assert services.status(move_id=row.pk).state == MoveState.PREPARING


def test_given_domains_then_the_list_has_ones_own_only(owner: Person) -> None:
    row, other = waiting(owner), waiting(Person())
    page = text(owner.get("/own-domains/"))

    assert row.fqdn in page and other.fqdn not in page
    assert "No domain of yours" in text(Person().get("/own-domains/"))
