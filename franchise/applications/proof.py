"""Does an App answer where its people ask? By the name's own DNS, over TLS that is verified."""

from __future__ import annotations

import socket

import httpx
from django.conf import settings

import dns.exception
import dns.resolver
from catalyst import pinned
from catalyst.language.words import lazy
from catalyst.problem import Problem

SECONDS = 5.0
BROKEN = 500


class NoAnswer(Problem):
    """`detail` says what was seen in its place."""

    type = "app-no-answer"
    title = lazy("The App does not answer yet")
    status = 503


def answers(url: str) -> int:
    """The status of a GET of this page; a way to a log-in is an answer too. Raises NoAnswer."""
    host = httpx.URL(url).host
    ours = settings.CATALYST
    address = _address(host, ours.resolver)
    try:
        with pinned.asked(
            "GET", url, address=address, ca_bundle=ours.ca_bundle, seconds=SECONDS
        ) as answer:
            status = answer.status_code
    except (httpx.HTTPError, OSError) as error:
        raise NoAnswer(f"{type(error).__name__} at {host}") from error
    if status >= BROKEN:
        raise NoAnswer(f"It says {status}.")
    return status


def _address(host: str, resolver: str) -> str:
    """From `resolver`, the system's where none is set. Raises NoAnswer."""
    try:
        if not resolver:
            return str(socket.getaddrinfo(host, None, family=socket.AF_INET)[0][4][0])
        asked = dns.resolver.Resolver(configure=False)
        asked.nameservers = [resolver]
        return str(asked.resolve(host, "A", lifetime=SECONDS)[0])
    except (OSError, dns.exception.DNSException) as error:
        raise NoAnswer(f"{host} does not resolve ({type(error).__name__}).") from error
