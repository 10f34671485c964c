"""The argv that builds a room around tofu: bubblewrap makes it, setpriv gives tofu its own user.

In the room there is what tofu needs and nothing else: system programs, trusted roots, tofu, the
provider mirror, its work directory. No other process is seen, no other run, no state folder.
bwrap(1), setpriv(1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

FROM_ETC = (
    "alternatives",
    "ca-certificates",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "nsswitch.conf",
    "pki",
    "ssl",
)
LINKS = ("bin", "lib", "lib64", "sbin")
TMP_BYTES = 64 << 20
_OWN = ("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")


def argv(
    command: Iterable[str],
    *,
    bwrap: Path,
    workdir: Path | None,
    sees: Iterable[Path] = (),
    hosts: int | None = None,
    user: int | None = None,
) -> list[str]:
    """`command` in a room.

    - `workdir`: the one folder it may write; where it starts.
    - `sees`: what it may read besides, under the same paths.
    - `hosts`: a descriptor to read /etc/hosts from.
    - `user`: its uid and gid; None keeps ours, which only a user namespace makes harmless.
    """
    words = [str(bwrap), "--die-with-parent", *_OWN, "--hostname", "tofu", "--cap-drop", "ALL"]
    if user is not None:
        words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    words += [*_system(), "--proc", "/proc", "--dev", "/dev"]
    words += ["--size", str(TMP_BYTES), "--perms", "1777", "--tmpfs", "/tmp"]
    readable = [path for path in sees if not path.is_relative_to("/usr")]
    for path in _ancestors([*readable, *([workdir] if workdir else [])]):
        words += ["--perms", "0755", "--dir", str(path)]
    for path in readable:
        words += ["--ro-bind", str(path), str(path)]
    if hosts is not None:
        words += ["--perms", "0644", "--ro-bind-data", str(hosts), "/etc/hosts"]
    if workdir is not None:
        words += ["--bind", str(workdir), str(workdir)]
    words.append("--")
    if user is not None:
        words += ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        words += ["--inh-caps=-all", "--pdeathsig=KILL", "--"]
    if workdir is not None:
        # Not bwrap's --chdir: without its capabilities it may not enter another user's folder.
        words += ["env", f"--chdir={workdir}", "--"]
    return [*words, *command]


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr", "--perms", "0755", "--dir", "/etc")
    for name in LINKS:
        place = Path("/", name)
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()), str(place))
        elif place.is_dir():
            yield from ("--ro-bind", str(place), str(place))
    for name in FROM_ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")


def _ancestors(paths: Iterable[Path]) -> list[Path]:
    """Every folder above these, from the top; made here, because bwrap makes them 0700."""
    found = {parent for path in paths for parent in path.parents}
    return sorted(found - {Path("/")}, key=lambda path: len(path.parts))
