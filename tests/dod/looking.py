"""What is asked beside the browser: DNS, TLS, the cluster. Nothing here is a promise of a page."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography import x509

import dns.resolver
from catalyst.trust import context
from tests.dod.world import World

KUBECTL = Path(sys.executable).with_name("kubectl")


def answers(world: World, *names: str) -> str:
    """A, NS and DS as the validating resolver gives them; the AD bit says they were proved."""
    resolver = dns.resolver.Resolver(configure=world.resolver is None)
    if world.resolver:
        resolver.nameservers = [world.resolver]
    resolver.use_edns(0, dns.flags.DO, 1232)
    resolver.flags = dns.flags.RD | dns.flags.AD
    lines = []
    for name in names:
        for kind in ("A", "NS", "DS"):
            answer = resolver.resolve(name, kind, raise_on_no_answer=False)
            proved = "proved" if answer.response.flags & dns.flags.AD else "not proved"
            found = [str(row) for row in answer.rrset] if answer.rrset else ["–"]
            lines += [f"{name} {kind} {row} ({proved})" for row in found]
    return "\n".join(lines)


def chain(world: World, host: str) -> str:
    """The certificate that was verified for `host`, over the way that the browser takes."""
    trust = context(world.ca_bundle)
    with (
        httpx.Client(proxy=world.proxy, verify=trust, trust_env=False, timeout=30) as client,
        client.stream("GET", f"https://{host}/healthz") as answer,
    ):
        stream = answer.extensions["network_stream"]
        tls: Any = stream.get_extra_info("ssl_object")  # by position: its C half knows no names
        raw = tls.getpeercert(True)
        assert raw is not None
        leaf = x509.load_der_x509_certificate(raw)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return "\n".join((
            f"{tls.version()}, verified for {host}",
            f"names {', '.join(names.get_values_for_type(x509.DNSName))}",
            f"issuer {leaf.issuer.rfc4514_string()}",
            f"from {leaf.not_valid_before_utc} to {leaf.not_valid_after_utc}",
            f"sha256 {leaf.fingerprint(leaf.signature_hash_algorithm).hex()}"
            if leaf.signature_hash_algorithm
            else "",
        ))  # fmt: skip


def fetched(world: World, url: str) -> httpx.Response:
    """One GET over verified TLS; redirects are followed."""
    with httpx.Client(
        proxy=world.proxy, verify=context(world.ca_bundle), trust_env=False, timeout=30,
        follow_redirects=True,
    ) as client:  # fmt: skip
        return client.get(url)


def commits(world: World, kubeconfig: Path, repository: str) -> str:
    """The newest commits of a repository, by the Sovereign's Gitea, as its administrator; why
    not, where they cannot be had: evidence, not a promise."""
    try:
        return _commits(world, kubeconfig, repository)
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return f"not had: {type(error).__name__}: {error}"


def _commits(world: World, kubeconfig: Path, repository: str) -> str:
    asked = ("get", "secret", "gitea-admin", "-n", "gitea", "-o", "json")
    held = json.loads(kubectl(kubeconfig, *asked))["data"]
    name, password = (b64decode(held[key]).decode() for key in ("username", "password"))
    with httpx.Client(
        proxy=world.proxy, verify=context(world.ca_bundle), trust_env=False, timeout=30,
        auth=(name, password),
    ) as client:  # fmt: skip
        url = f"https://git.{world.fqdn}/api/v1/repos/{repository}/commits"
        rows = client.get(url, params={"limit": 10, "stat": "false"}).raise_for_status().json()
    return "\n".join(
        f"{row['sha'][:12]} {row['commit']['author']['email']}: "
        f"{row['commit']['message'].splitlines()[0]}"
        for row in rows
    )


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def kubectl(kubeconfig: Path, *argv: str) -> str:
    """What it says, also when it refuses: evidence, not a promise."""
    done = subprocess.run(
        [str(KUBECTL), "--kubeconfig", str(kubeconfig), *argv],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).strip()
