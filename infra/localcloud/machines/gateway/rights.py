"""Who traefik is in the cluster and what it may do there: the list of its documentation."""

from pathlib import Path

from infra.localcloud.machines.cluster.api import Api, Json
from infra.localcloud.machines.cluster.objects import insist
from infra.localcloud.machines.control_plane import kubeconfig
from infra.localcloud.machines.control_plane.pki import Pki

NAME = "catalyst-gateway"
_GROUP = "gateway.networking.k8s.io"
_READ = ["get", "list", "watch"]


def write_kubeconfig(path: Path, *, server: str, pki: Pki) -> Path:
    """A client certificate of its own: it is nobody else, and no secret is on a command line."""
    user = pki.leaf("client-gateway", authority=pki.client, user=NAME)
    return kubeconfig.write(path, server=server, authority=pki.server, user=user)


async def have(api: Api) -> None:
    """Make role and binding, once; insists until the API takes them."""
    for plural, body in (("clusterroles", _ROLE), ("clusterrolebindings", _BINDING)):
        await insist(api, f"/apis/rbac.authorization.k8s.io/v1/{plural}", body)


_ROLE: Json = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": NAME},
    "rules": [
        {
            "apiGroups": [""],
            "resources": ["namespaces", "nodes", "services", "secrets", "configmaps"],
            "verbs": _READ,
        },
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
        {"apiGroups": [_GROUP], "resources": ["*"], "verbs": _READ},
        {
            "apiGroups": [_GROUP],
            "resources": ["*/status"],
            "verbs": ["update", "patch"],
        },
    ],
}
_BINDING: Json = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": NAME},
    "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": NAME,
    },
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": NAME}],
}
