"""Pebble on the local internet: whom it signs for, and who trusts what it signed."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import acme.challenges
import acme.client
import acme.crypto_util
import acme.messages
import httpx
import josepy
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import sync_playwright

from tests.integration.internet.running import DEADLINE, ROOT, Internet, NameServer

NAME = "console.certified.works"
GREETING = "found by real DNS"


@contextmanager
def pebble(internet: Internet) -> Iterator[None]:
    asked = [sys.executable, str(ROOT / "infra" / "tools" / "fetch.py"), "path", "pebble"]
    program = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    resolver = f"{internet.network[4]}:53"
    log = (internet.directory / "pebble.log").open("ab")
    process = subprocess.Popen(
        [program, "-config", internet.directory / "acme" / "pebble.json", "-dnsserver", resolver],
        env={**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"},
        stdout=log,
        stderr=log,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(DEADLINE)


@pytest.fixture(scope="module")
def trust(internet: Internet) -> Iterator[Path]:
    """Pebble runs and is trusted; the folder with `bundle.pem` and `chromium-home`."""
    internet.run("acme-prepare").check_returncode()
    with pebble(internet):
        internet.run("acme-trust").check_returncode()
        yield internet.directory / "acme" / "ca"


@pytest.fixture(scope="module")
def certificate(internet: Internet, name_server: NameServer, trust: Path) -> tuple[Path, Path]:
    """A certificate for NAME, got by DNS-01 (RFC 8555 §8.4), and its key."""
    zone = NAME.partition(".")[2]
    internet.register(zone, name_server, name_server.host(zone, str(internet.network[61])))
    name_server.util("replace-rrset", zone, "console", "A", "60", str(internet.network[61]))

    account = josepy.JWKEC(key=ec.generate_private_key(ec.SECP256R1()))
    net = acme.client.ClientNetwork(
        account,
        alg=josepy.ES256,
        verify_ssl=str(trust / "bundle.pem"),  # type: ignore[arg-type]
    )
    directory = acme.client.ClientV2.get_directory(
        f"https://127.0.0.1:{internet.directory_port}/dir", net
    )
    client = acme.client.ClientV2(directory, net)
    client.new_account(acme.messages.NewRegistration(terms_of_service_agreed=True))
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    order = client.new_order(acme.crypto_util.make_csr(key, [NAME]))
    for authorization in order.authorizations:
        challenge = next(
            body
            for body in authorization.body.challenges
            if isinstance(body.chall, acme.challenges.DNS01)
        )
        text = f'"{challenge.chall.validation(account)}"'
        name_server.util("replace-rrset", zone, "_acme-challenge.console", "TXT", "1", text)
        client.answer_challenge(challenge, challenge.response(account))
    chain = client.poll_and_finalize(order).fullchain_pem
    files = internet.directory / "console.pem", internet.directory / "console.key"
    files[0].write_text(chain)
    files[1].write_bytes(key)
    return files


@pytest.fixture(scope="module")
def console(internet: Internet, certificate: tuple[Path, Path]) -> Iterator[str]:
    """An HTTPS server behind NAME; its URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(GREETING)}\r\nConnection: close\r\n\r\n"
        writer.write((head + GREETING).encode())
        await writer.drain()
        writer.close()

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    loop = asyncio.new_event_loop()
    address = str(internet.network[61])
    loop.run_until_complete(asyncio.start_server(answer, address, 443, ssl=tls))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield f"https://{NAME}/"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def test_given_a_certificate_from_pebble_when_fetched_with_the_bundle_then_it_verifies(
    internet: Internet, trust: Path, console: str
) -> None:
    trusted = ssl.create_default_context(cafile=trust / "bundle.pem")
    with httpx.Client(proxy=internet.proxy, trust_env=False, verify=trusted) as client:
        assert client.get(console).text == GREETING


@pytest.mark.browser
def test_given_the_prepared_home_when_chromium_goes_through_the_proxy_then_the_page_is_trusted(
    internet: Internet, trust: Path, console: str
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox"],
            proxy={"server": internet.proxy},
            env={**os.environ, "HOME": str(trust / "chromium-home")},
        )
        page = browser.new_page()

        page.goto(console)

        assert page.inner_text("body") == GREETING
        browser.close()


def test_given_trust_built_twice_then_nothing_changes(internet: Internet, trust: Path) -> None:
    before = (trust / "bundle.pem").read_bytes()

    internet.run("acme-prepare").check_returncode()
    internet.run("acme-trust").check_returncode()

    assert (trust / "bundle.pem").read_bytes() == before


def test_given_the_keys_then_nobody_else_can_read_them(trust: Path) -> None:
    for key in (trust / "ca.key", trust.parent / "server.key"):
        assert key.stat().st_mode & 0o077 == 0


def test_given_pebble_starts_anew_then_the_roots_of_both_starts_are_trusted(
    other_internet: Internet,
) -> None:
    bundle = other_internet.directory / "acme" / "ca" / "bundle.pem"
    other_internet.run("acme-prepare").check_returncode()
    for _ in range(2):
        with pebble(other_internet):
            other_internet.run("acme-trust").check_returncode()

    names = [
        certificate.subject.rfc4514_string()
        for certificate in x509.load_pem_x509_certificates(bundle.read_bytes())
    ]
    roots = [name for name in names if name.startswith("CN=Pebble Root CA")]
    assert len(roots) == 2
    # What a new machine is told is short: whoever issues now, and who speaks for pebble itself.
    newest = x509.load_pem_x509_certificates((bundle.parent / "newest.pem").read_bytes())
    assert [each.subject.rfc4514_string() in roots for each in newest] == [False, True]


def test_given_somebody_else_on_pebbles_port_then_it_is_not_believed(
    other_internet: Internet, certificate: tuple[Path, Path]
) -> None:
    other_internet.run("acme-prepare").check_returncode()

    async def serve_and_build() -> subprocess.CompletedProcess[str]:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*certificate)
        async with await asyncio.start_server(
            lambda *_: None, "127.0.0.1", other_internet.management_port, ssl=tls
        ):
            return await asyncio.to_thread(other_internet.run, "acme-trust")

    ended = asyncio.run(serve_and_build())

    assert ended.returncode == 1
    assert "CERTIFICATE_VERIFY_FAILED" in ended.stderr
    assert not (other_internet.directory / "acme" / "ca" / "bundle.pem").exists()
