"""How etcd, API server, controller manager and scheduler are started: their flags, nothing else.

Flags: each program's own `--help`, Kubernetes 1.37 and etcd 3.4.
"""

from dataclasses import dataclass
from pathlib import Path

from infra.localcloud.machines.control_plane import kubeconfig
from infra.localcloud.machines.control_plane.pki import Pair, Pki
from infra.localcloud.machines.control_plane.spec import (
    API_PORT,
    ClusterSpec,
    Programs,
)


@dataclass(frozen=True, slots=True)
class Component:
    name: str
    argv: tuple[str, ...]


def etcd(spec: ClusterSpec, programs: Programs, pki: Pki, others: str = "") -> Component:
    """One member, which speaks TLS only and takes only clients of its own authority.

    `others`: the whole `--initial-cluster` of the one it joins. Members that know each other
    already need none, and read none.
    """
    hosts = (spec.address, "127.0.0.1")
    server = pki.leaf("etcd-server", authority=pki.etcd, user="etcd", hosts=hosts)
    client, peer = spec.etcd, spec.etcd_peer
    flags: dict[str, object] = {
        "name": spec.name,
        "data-dir": spec.folder / "etcd",
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": others or f"{spec.name}={peer}",
        "initial-cluster-state": "existing" if others else "new",
        "cert-file": server.certificate,
        "key-file": server.key,
        "trusted-ca-file": pki.etcd.certificate,
        "client-cert-auth": "true",
        "peer-cert-file": server.certificate,
        "peer-key-file": server.key,
        "peer-trusted-ca-file": pki.etcd.certificate,
        "peer-client-cert-auth": "true",
        # All machines are one computer: what connects to a member comes from that member's address.
        "experimental-peer-skip-client-san-verification": "true",
        "auto-compaction-retention": "1h",
        "logger": "zap",
        "log-level": "warn",
        # A laptop's disk shared with everything else: a slow sync is no dead member.
        "heartbeat-interval": "500",
        "election-timeout": "2500",
    }
    return _component("etcd", (str(programs.etcd),), flags)


def etcd_client(pki: Pki) -> Pair:
    return pki.leaf("etcd-client", authority=pki.etcd, user="kube-apiserver")


def api_server(spec: ClusterSpec, programs: Programs, pki: Pki) -> Component:
    serving = pki.leaf(
        "serving-kube-apiserver", authority=pki.server, user="kube-apiserver", hosts=spec.api_hosts
    )
    client = etcd_client(pki)
    to_kubelets = pki.leaf(
        "client-kube-apiserver", authority=pki.client, user="kube-apiserver", groups=MASTERS
    )
    proxy = pki.leaf("client-auth-proxy", authority=pki.request_header, user="system:auth-proxy")
    issuer = f"https://kubernetes.default.svc.{spec.domain}"
    flags = {
        "advertise-address": spec.address,
        "bind-address": spec.address,
        "secure-port": API_PORT,
        "etcd-servers": spec.etcd,
        "etcd-cafile": pki.etcd.certificate,
        "etcd-certfile": client.certificate,
        "etcd-keyfile": client.key,
        "tls-cert-file": serving.certificate,
        "tls-private-key-file": serving.key,
        "client-ca-file": pki.client.certificate,
        "service-cluster-ip-range": spec.slice.services,
        "service-account-issuer": issuer,
        "api-audiences": f"{issuer},k3s",
        "service-account-key-file": pki.service_account_key(),
        "service-account-signing-key-file": pki.service_account_key(),
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "kubelet-certificate-authority": pki.server.certificate,
        "kubelet-client-certificate": to_kubelets.certificate,
        "kubelet-client-key": to_kubelets.key,
        "kubelet-preferred-address-types": "InternalIP",
        "requestheader-client-ca-file": pki.request_header.certificate,
        "requestheader-allowed-names": "system:auth-proxy",
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "proxy-client-cert-file": proxy.certificate,
        "proxy-client-key-file": proxy.key,
        "allow-privileged": "true",
        "profiling": "false",
    }
    return _component("kube-apiserver", (str(programs.kube), "kube-apiserver"), flags)


def controller_manager(spec: ClusterSpec, programs: Programs, pki: Pki) -> Component:
    name = "kube-controller-manager"
    flags = {
        **_identity(spec, pki, name),
        "cluster-cidr": spec.slice.pods,
        "allocate-node-cidrs": "true",
        "node-cidr-mask-size": "25",
        "service-cluster-ip-range": spec.slice.services,
        "cluster-signing-cert-file": pki.client.certificate,
        "cluster-signing-key-file": pki.client.key,
        "root-ca-file": pki.server.certificate,
        "service-account-private-key-file": pki.service_account_key(),
        "use-service-account-credentials": "true",
        "kube-api-qps": "100",
        "kube-api-burst": "200",
    }
    return _component(name, (str(programs.kube), name), flags)


def scheduler(spec: ClusterSpec, programs: Programs, pki: Pki) -> Component:
    name = "kube-scheduler"
    return _component(name, (str(programs.kube), name), _identity(spec, pki, name))


MASTERS = ("system:masters",)


def admin(spec: ClusterSpec, pki: Pki) -> Pair:
    """Whoever may do everything: k3s's `system:admin`."""
    return pki.leaf("client-admin", authority=pki.client, user="system:admin", groups=MASTERS)


def _identity(spec: ClusterSpec, pki: Pki, name: str) -> dict[str, object]:
    """Who a component is, and that it listens nowhere: nobody asks it anything here."""
    user = pki.leaf(f"client-{name}", authority=pki.client, user=f"system:{name}")
    path: Path = kubeconfig.write(
        spec.folder / "cred" / f"{name}.kubeconfig",
        server=spec.server,
        authority=pki.server,
        user=user,
    )
    return {
        "kubeconfig": path,
        "authentication-kubeconfig": path,
        "authorization-kubeconfig": path,
        "secure-port": "0",
        # Another control plane may join at any time.
        "leader-elect": "true",
        "profiling": "false",
    }


def _component(name: str, program: tuple[str, ...], flags: dict[str, object]) -> Component:
    return Component(name, (*program, *(f"--{flag}={value}" for flag, value in flags.items())))
