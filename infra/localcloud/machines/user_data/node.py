"""What makes a machine a node of a cluster: kubelet with certificates, labels, the way in."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from infra.localcloud.internet.child import Child
from infra.localcloud.machines import kubelet
from infra.localcloud.machines.cluster.api import Api, ApiProblem
from infra.localcloud.machines.control_plane import kubeconfig
from infra.localcloud.machines.control_plane.pki import Pki
from infra.localcloud.machines.control_plane.spec import ClusterSpec
from infra.localcloud.machines.gateway import rights
from infra.localcloud.machines.gateway.gateway import Gateway, GatewaySpec
from infra.localcloud.machines.kubelet import config as kubelet_config
from infra.localcloud.machines.layout import CHECKOUT
from infra.localcloud.machines.user_data.wanted import STATE, Wanted

IMAGES = Path(kubelet.__file__).parent / "images.toml"
_LOOK_AGAIN_SECONDS = 0.2


def told(wanted: Wanted, spec: ClusterSpec, pki: Pki, *, server: str) -> Path:
    """Write what this machine's kubelet is told; `pki`: the cluster's, `server`: its API."""
    folder = wanted.root / STATE
    # Named after the node: those of all nodes lie in the cluster's one folder.
    user = pki.leaf(
        f"client-kubelet-{wanted.name}",
        authority=pki.client,
        user=f"system:node:{wanted.name}",
        groups=("system:nodes",),
    )
    serving = pki.leaf(
        f"serving-kubelet-{wanted.name}",
        authority=pki.server,
        user=f"system:node:{wanted.name}",
        hosts=(wanted.name, wanted.address),
    )
    ours = {
        "python": str(wanted.python),
        "python_bin": str(wanted.python.parent),
        "python_home": str(wanted.python.parent.parent),
        "app_dir": str(wanted.app_dir),
    }
    config = kubelet_config.Config(
        name=wanted.name,
        address=wanted.address,
        kubeconfig=kubeconfig.write(
            folder / "cred" / "kubelet.kubeconfig",
            server=server,
            authority=pki.server,
            user=user,
        ),
        folder=wanted.root / "var/lib/kubelet",
        root=wanted.root,
        images=(IMAGES, *wanted.images),
        places=ours | wanted.places,
        domain=spec.domain,
        names=spec.slice.names,
        api=spec.slice.api,
        certificate=serving.certificate,
        key=serving.key,
        client_ca=pki.client.certificate,
    )
    path = folder / "kubelet.json"
    config.write(path)
    return path


def gateway(wanted: Wanted, spec: ClusterSpec, pki: Pki, *, server: str) -> Gateway | None:
    """The way in at this machine's address, started; None where there is no traefik."""
    if wanted.programs.traefik is None:
        return None
    folder = wanted.root / STATE / "gateway"
    own = rights.write_kubeconfig(folder / "kubeconfig", server=server, pki=pki)
    made = Gateway(
        GatewaySpec(
            address=wanted.address,
            traefik=wanted.programs.traefik,
            admin=spec.folder / "k3s.yaml",
            own=own,
            folder=folder,
        )
    )
    made.start()
    return made


def program(python: Path, what: str, config: Path, log: Path) -> Child:
    """One of our own programs, from the folder that holds the package `infra`; not started."""
    module = f"infra.localcloud.machines.{what}"
    inside = ("env", "-C", str(CHECKOUT), "PYTHONDONTWRITEBYTECODE=1")
    argv = (*inside, str(python), "-m", module, "--config", str(config))

    async def prepared() -> Sequence[str]:
        return argv

    return Child(name=what, prepare=prepared, log_file=log)


async def label(admin: Path, name: str, labels: Sequence[str]) -> None:
    """Give the node its labels (`key=value`) as soon as it is there. `admin`: a kubeconfig."""
    given = dict(text.partition("=")[::2] for text in labels)
    if not given:
        return
    async with Api(admin) as api:
        while True:
            try:
                await api.patch(f"/api/v1/nodes/{name}", {"metadata": {"labels": given}})
            except ApiProblem:
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            else:
                return
