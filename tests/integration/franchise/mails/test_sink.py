"""The laptop's mail server: reached over verified TLS, and read by a person on a page."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from catalyst.embedded.state import StackState

HTML = "<html><head></head><body><b>hi</b><script>alert(1)</script></body></html>"


@pytest.fixture
def sink(tmp_path: Path, settings: Any) -> Iterator[httpx.Client]:
    """The program itself, and the console's own way to it; gives a reader of its page."""
    ports = []
    for _ in range(2):
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports.append(free.getsockname()[1])
    acme = StackState.load().acme_dir
    document = {
        "folder": str(tmp_path / "box" / "mails"),
        "smtp_port": ports[0],
        "page_port": ports[1],
        "acme_dir": str(acme),
    }
    (tmp_path / "mailbox.json").write_text(json.dumps(document))
    settings.EMAIL_BACKEND, settings.EMAIL_USE_TLS = "catalyst.mail.Smtp", True
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", ports[0]
    settings.CATALYST = settings.CATALYST.model_copy(update={"ca_bundle": acme / "ca" / "ca.pem"})
    argv = [sys.executable, "-m", "infra.localcloud.mailbox", "--config"]
    program = subprocess.Popen([*argv, str(tmp_path / "mailbox.json")], cwd=settings.BASE_DIR)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{ports[1]}", trust_env=False) as page:
            until_it_answers(page)
            yield page
    finally:
        program.terminate()
        program.wait(10)


def until_it_answers(page: httpx.Client) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if page.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the mail server's page does not answer")


def send(to: str = "reader@acme.example", subject: str = "<b>مرحبا</b>") -> None:
    mail = EmailMultiAlternatives(subject, "see https://a.example/x?y=1&z=2 <script>", to=[to])
    mail.attach_alternative(HTML, "text/html")
    get_connection().send_messages([mail])


def test_given_the_stack_when_its_settings_are_read_then_they_lead_to_its_own_mail_server() -> None:
    from catalyst.embedded.services import EVERY
    from catalyst.settings import embedded

    state = StackState.load()
    (server,) = [service for service in EVERY if service.name == "mailbox"]
    assert server.wanted(state)  # with Keycloak and without
    assert embedded.EMAIL_BACKEND == "catalyst.mail.Smtp"  # type: ignore[attr-defined]
    assert embedded.EMAIL_USE_TLS is True  # type: ignore[attr-defined]
    assert state.ports["smtp"] == embedded.EMAIL_PORT  # type: ignore[attr-defined]
    assert str(state.mails_url) in server.where(state)


def test_given_a_mail_when_sent_then_a_person_finds_and_reads_it_and_nothing_of_it_is_obeyed(
    sink: httpx.Client,
) -> None:
    send()
    send(to="other@x.example", subject="Other")
    everything = sink.get("/").text
    assert "&lt;b&gt;مرحبا&lt;/b&gt;" in everything and "Other" in everything
    found = sink.get("/", params={"to": "READER@"}).text
    assert "Other" not in found
    (where,) = re.findall(r"href='(/mails/[^']+)'", found)
    mail = sink.get(where)
    assert 'href="https://a.example/x?y=1&amp;z=2"' in mail.text and "<script>" not in mail.text
    assert "default-src 'none'" in mail.headers["Content-Security-Policy"]
    (frame,) = re.findall(r"<iframe[^>]+>", mail.text)
    assert "allow-scripts" not in frame and "sandbox=" in frame
    inside = sink.get(f"{where}/html")
    assert "<b>hi</b>" in inside.text
    policy = inside.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ") and "script" not in policy and "same-origin" not in policy


def test_given_another_name_of_this_machine_when_asked_by_it_then_refused(
    sink: httpx.Client,
) -> None:
    assert sink.get("/", headers={"Host": "mails.evil.example"}).status_code == 400


@pytest.mark.parametrize("key", ["nothing", "..", "..%2f..%2fstack.json"])
def test_given_a_mail_that_is_not_there_when_asked_for_then_not_found(
    sink: httpx.Client, key: str
) -> None:
    send()
    assert sink.get(f"/mails/{key}/html").status_code == 404
    assert sink.get(f"/mails/{key}x").status_code == 404


def test_given_the_folder_when_made_then_its_owner_alone_may_look(
    sink: httpx.Client, tmp_path: Path
) -> None:
    send()
    assert (tmp_path / "box").stat().st_mode & 0o077 == 0
