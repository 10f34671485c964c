"""Whom the forward proxy reaches, and what it says to whom it refuses."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import httpx
import pytest

from tests.integration.internet.running import Internet, NameServer

NAME = "www.reached.works"
SIZE = 3_000_000


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % SIZE)
    writer.write(b"x" * SIZE)
    await writer.drain()
    writer.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with server.pem, a certificate for NAME that signs itself, and server.key."""
    folder = tmp_path_factory.mktemp("certificate")
    files = ["-out", folder / "server.pem", "-keyout", folder / "server.key"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    name = ["-subj", "/CN=test", "-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *name, *files], check=True, stderr=subprocess.DEVNULL
    )
    return folder


@pytest.fixture(scope="module")
def listening(network: IPv4Network, allowed_port: int, certificate: Path) -> Iterator[None]:
    """TLS on .60:443 of the range, plain HTTP on .60:80 and on two loopback ports."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate / "server.pem", certificate / "server.key")
    loop = asyncio.new_event_loop()

    async def listen() -> None:
        address = str(network[60])
        await asyncio.start_server(_answer, address, 443, ssl=tls)
        await asyncio.start_server(_answer, address, 80)
        await asyncio.start_server(_answer, "127.0.0.1", allowed_port)

    loop.run_until_complete(listen())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.fixture(scope="module")
def named(internet: Internet, name_server: NameServer, listening: None) -> str:
    domain = NAME.removeprefix("www.")
    ds = name_server.host(domain, str(internet.network[60]))
    internet.register(domain, name_server, ds)
    return NAME


def fetch(internet: Internet, url: str, **keywords: object) -> httpx.Response:
    with httpx.Client(proxy=internet.proxy, trust_env=False, **keywords) as client:  # type: ignore[arg-type]
        return client.get(url)


def test_given_a_tls_server_in_the_range_when_named_then_reached_with_verification(
    internet: Internet, named: str, certificate: Path
) -> None:
    trusted = ssl.create_default_context(cafile=certificate / "server.pem")

    answer = fetch(internet, f"https://{named}/", verify=trusted)

    assert answer.status_code == 200
    assert len(answer.content) == SIZE


def test_given_a_plain_server_in_the_range_when_named_then_reached(
    internet: Internet, named: str
) -> None:
    assert len(fetch(internet, f"http://{named}/").content) == SIZE


def test_given_an_allowed_loopback_port_then_reached(
    internet: Internet, listening: None, allowed_port: int
) -> None:
    assert fetch(internet, f"http://127.0.0.1:{allowed_port}/").status_code == 200
    assert fetch(internet, f"http://localhost:{allowed_port}/").status_code == 200


@pytest.mark.parametrize("target", ["192.0.2.1", "127.0.0.1", "10.0.0.1", "[::1]", "localhost"])
def test_given_an_address_that_is_not_allowed_then_403_says_why(
    internet: Internet, target: str
) -> None:
    answer = fetch(internet, f"http://{target}:81/")

    assert answer.status_code == 403
    assert "this proxy reaches only" in answer.text


def test_given_a_name_that_points_outside_then_403(
    internet: Internet, name_server: NameServer
) -> None:
    internet.register("outside.works", name_server, name_server.host("outside.works", "192.0.2.1"))

    assert fetch(internet, "http://www.outside.works/").status_code == 403


def test_given_a_name_that_does_not_validate_then_502_says_servfail(
    internet: Internet, name_server: NameServer, listening: None
) -> None:
    name_server.host("forged.works", str(internet.network[60]))
    internet.register("forged.works", name_server, [f"12345 13 2 {'cd' * 32}"])

    answer = fetch(internet, "http://www.forged.works/")

    assert answer.status_code == 502
    assert "SERVFAIL" in answer.text


def test_given_a_name_that_does_not_exist_then_connect_gets_502(internet: Internet) -> None:
    with pytest.raises(httpx.ProxyError, match="502"):
        fetch(internet, "https://www.nowhere.works/")
    assert "NXDOMAIN" in fetch(internet, "http://www.nowhere.works/").text
