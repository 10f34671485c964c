"""A kubeconfig is a stranger's text: it may lead nowhere else and start nothing here."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from catalyst.vault.secret import Secret
from sovereign_wizard.cluster.client import Cluster
from sovereign_wizard.cluster.kubeconfig import read
from sovereign_wizard.cluster.problems import KubeconfigRefused

HOSTS = {"203.0.113.7"}


def inside(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def config(cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> Secret:
    server = {"server": "https://203.0.113.7:6443", "certificate-authority-data": inside("CA")}
    who = {"client-certificate-data": inside("CERT"), "client-key-data": inside("KEY")}
    document = {
        "current-context": "default",
        "contexts": [{"name": "default", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {**server, **(cluster or {})}}],
        "users": [{"name": "u", "user": who if user is None else user}],
    }
    return Secret(yaml.safe_dump(document))


def test_given_k3s_own_kubeconfig_then_it_is_read() -> None:
    access = read(config(), hosts=HOSTS)
    assert (access.server, access.authority) == ("https://203.0.113.7:6443", "CA")
    assert (access.certificate, access.key.reveal()) == ("CERT", "KEY")


@pytest.mark.parametrize(
    "server",
    ["https://198.51.100.9:6443", "http://203.0.113.7:6443", "https://203.0.113.7@evil.example"],
)
def test_given_a_server_elsewhere_or_without_tls_then_it_is_refused(server: str) -> None:
    with pytest.raises(KubeconfigRefused):
        read(config({"server": server}), hosts=HOSTS)


@pytest.mark.parametrize(
    "user",
    [
        {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh"}},
        {"client-certificate": "/etc/passwd", "client-key": "/etc/passwd"},
        {"tokenFile": "/run/secrets/token"},
    ],
)
def test_given_programs_or_our_files_then_it_is_refused(user: dict[str, Any]) -> None:
    with pytest.raises(KubeconfigRefused):
        read(config(user=user), hosts=HOSTS)


@pytest.mark.parametrize("text", ["", "a: b", "- 1", "{", "!!python/object/apply:os.system ['x']"])
def test_given_no_kubeconfig_at_all_then_it_is_refused(text: str) -> None:
    with pytest.raises(KubeconfigRefused):
        read(Secret(text), hosts=HOSTS)


def test_given_certificates_that_are_none_then_it_is_refused_without_quoting_them() -> None:
    with pytest.raises(KubeconfigRefused) as raised, Cluster(read(config(), hosts=HOSTS)):
        pass
    assert "KEY" not in str(raised.value)
