"""The token and the key while they are pasted; a pair of keys made here, shown once."""

from __future__ import annotations

import html
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from django.db import connection

from catalyst.limits.actions import LIMITS
from catalyst.vault import services as vault
from catalyst.vault.models import SealedSecret
from catalyst.vault.secret import Secret
from sovereign_wizard.wizard import drafts, ssh_key
from tests.integration.sovereign_wizard.conftest import OPENSSH
from tests.integration.sovereign_wizard.preflight.cloud_project import CloudProject

pytestmark = pytest.mark.django_db
SEALED = "wizard.hetzner-token"


@pytest.fixture
def asked(walk):  # type: ignore[no-untyped-def]
    """A wizard whose next question is the credentials."""
    walk.begin()
    walk.topology()
    return walk


def paste(walk, text: str):  # type: ignore[no-untyped-def]
    return walk.client.post(
        walk.url("token"), {"hetzner_token": text}, headers={"HX-Request": "true"}
    )


def test_w13_given_a_good_token_when_pasted_then_proven_kept_and_its_project_is_said(asked) -> None:
    project = CloudProject.new()
    project.make_network("somebody-elses")

    answer = paste(asked, project.token.reveal())

    said = answer.content.decode()
    assert "<html" not in said and "proven without writing" in said
    assert "Its project holds 1 network" in said and "under Limits" in said
    assert project.token.reveal() not in said
    assert vault.get(asked.draft().token_reference).reveal() == project.token.reveal()
    assert "no-store" in answer["Cache-Control"]
    # Sent with the form afterwards: it is known, and costs no second check.
    left = answer["RateLimit-Remaining"]
    sent = asked.credentials(hetzner_token=project.token.reveal())
    assert sent.url == asked.url("provider") and "RateLimit-Remaining" not in sent
    assert int(left) < LIMITS["token-check"].amount


@pytest.mark.parametrize(
    ("which", "says"), [("read_only", "may not write"), ("unknown", "does not know")]
)
def test_given_a_wrong_token_when_pasted_then_said_at_once_and_not_kept(asked, which, says) -> None:
    token = asked.tokens.read_only if which == "read_only" else "y" * 64

    said = paste(asked, token).content.decode()

    assert says in said and "circle-x" in said
    assert not SealedSecret.objects.filter(purpose=SEALED).exists()


def test_given_half_a_token_when_pasted_then_it_is_asked_of_nobody_and_not_counted(asked) -> None:
    answer = paste(asked, "y" * 20)

    assert "20 of 64 characters" in answer.content.decode()
    assert "RateLimit-Remaining" not in answer


def test_given_a_token_checked_while_the_step_is_sent_then_neither_undoes_the_other(asked) -> None:
    slow = asked.draft()  # as the check of the pasted token read it
    assert asked.credentials().url == asked.url("provider")

    drafts.keep_token(draft=slow, token=Secret(asked.tokens.another))

    now = asked.draft()
    assert "credentials" in now.passed and now.values["hetzner_project_id"] == "3311"
    assert vault.get(now.token_reference).reveal() == asked.tokens.another
    assert SealedSecret.objects.filter(purpose=SEALED).count() == 1

    slow = asked.draft()  # as the step that is sent read it
    drafts.keep_token(draft=now, token=Secret(asked.tokens.read_write))
    drafts.answer(draft=slow, step="credentials", values={"hetzner_project_id": "7"}, accepted=True)
    now = asked.draft()
    assert vault.get(now.token_reference).reveal() == asked.tokens.read_write
    assert now.values["hetzner_project_id"] == "7"


def test_given_the_same_token_kept_by_page_and_step_then_who_reads_the_first_still_finds_it(
    asked,
) -> None:
    slow = asked.draft()  # as the check of the pasted token read it
    assert asked.credentials().url == asked.url("provider")
    reading = asked.draft()  # as the next step read it

    drafts.keep_token(draft=slow, token=vault.get(reading.token_reference))

    assert vault.get(reading.token_reference).reveal() == asked.tokens.read_write
    assert asked.draft().token_reference == reading.token_reference


def test_given_an_empty_project_then_it_says_so(asked) -> None:
    said = paste(asked, CloudProject.new().token.reveal()).content.decode()

    assert "Its project is empty" in said


@pytest.mark.parametrize("kind", ["nistp384", "nistp521"])
def test_w32_given_a_key_when_pasted_then_one_rule_says_its_fingerprint(asked, kind: str) -> None:
    curve = {"nistp384": ec.SECP384R1(), "nistp521": ec.SECP521R1()}[kind]
    line = ec.generate_private_key(curve).public_key().public_bytes(*OPENSSH).decode()

    said = asked.client.post(asked.url("key"), {"ssh_public_key": line}).content.decode()

    assert ssh_key.parse(line).fingerprint in html.unescape(said)
    assert asked.credentials(ssh_public_key=line).url == asked.url("provider")


def test_given_a_private_key_when_pasted_then_said_that_it_is_one(asked) -> None:
    _, private = ssh_key.make("test")

    said = asked.client.post(asked.url("key"), {"ssh_public_key": private.reveal()}).content

    assert b"This is a private key" in said and private.reveal().encode() not in said


def test_given_no_key_when_one_is_made_then_the_private_half_is_in_one_answer_only(asked) -> None:
    typed = {"go": "make-key", "hetzner_project_id": "3311", "ssh_public_key": "half typed"}

    answer = asked.client.post(asked.url("credentials"), typed)

    shown = html.unescape(answer.content.decode())
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    [private] = re.findall(r"-----BEGIN OPENSSH PRIVATE KEY-----.+?-----END[^\n]*\n", shown, re.S)
    public = load_ssh_private_key(private.encode(), password=None).public_key()
    kept = ssh_key.parse(asked.draft().values["ssh_public_key"])
    assert kept.fingerprint in shown and 'value="3311"' in shown
    assert kept.line.split()[1].encode() in public.public_bytes(*OPENSSH)
    assert private not in html.unescape(asked.client.get(asked.url("credentials")).content.decode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT d::text FROM sovereign_draft d")
        assert private.splitlines()[1] not in str(cursor.fetchall())
    assert asked.credentials(ssh_public_key=kept.line).url == asked.url("provider")


def test_given_a_pair_was_made_when_that_page_is_reloaded_then_it_is_not_replaced(asked) -> None:
    drawn = asked.client.get(asked.url("credentials")).content.decode()
    [before] = re.findall(r'name="drawn_with" value="(\w+)"', drawn)
    typed = {"go": "make-key", "drawn_with": before}
    first = asked.client.post(asked.url("credentials"), typed).content.decode()
    kept = asked.draft().values["ssh_public_key"]

    again = asked.client.post(asked.url("credentials"), typed).content.decode()

    assert "PRIVATE KEY" in first and "PRIVATE KEY" not in again
    assert asked.draft().values["ssh_public_key"] == kept and kept in html.unescape(again)
    [now] = re.findall(r'name="drawn_with" value="(\w+)"', first)
    another = asked.client.post(asked.url("credentials"), {**typed, "drawn_with": now})
    assert "PRIVATE KEY" in another.content.decode()
