"""Where a machine's commands run: name spaces of their own, with the machine's disk as `/`.

`/usr` and `/etc` are this computer's, read only, under what the machine wrote; all else is the
machine's alone. Without the rights that reach past a disk: no mounts, no network, no kernel.
"""

import asyncio
import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.localcloud.machines.layout import MachineDir, write_private

PATH = "/run/local-cloud/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# What a distribution may have at the top besides /usr, as folders or as links into it.
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_OVERLAID = ("usr", "etc")
_OWN = ("var", "opt", "root", "home", "srv", "mnt")
_MADE_ANEW = ("proc", "sys", "dev", "run", "tmp")
_DEVICES = ("null", "zero", "full", "random", "urandom")
# capabilities(7): what one needs to own and run files, and none of those that change the computer.
_RIGHTS = "chown,dac_override,fowner,fsetid,kill,setgid,setuid,net_bind_service"
_OUTSIDE_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

_SCRIPT = """\
set -eu
mount --make-rprivate /
hostname {hostname}
mount -t tmpfs -o mode=0755 tmpfs {base}
cd {base}
read_only() {{ mount --bind "$1" "$2"; mount -o remount,bind,ro "$2"; }}
{tree}
mkdir {made_anew}
chmod 1777 tmp
mount -t proc proc proc
read_only proc/sys proc/sys
[ ! -e proc/sysrq-trigger ] || mount --bind /dev/null proc/sysrq-trigger
mount -t sysfs -o ro sysfs sys
for name in {devices} console; do : >"dev/$name"; done
for name in {devices}; do mount --bind "/dev/$name" "dev/$name"; done
mount --bind {console} dev/console
ln -s /proc/self/fd dev/fd
for name in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${{name%%:*}}" "dev/${{name#*:}}"; done
{mounts}
exec chroot {base} setpriv --bounding-set {rights} --no-new-privs -- env -C / PATH={path} {argv}
"""


class NoNameSpaces(RuntimeError):
    """This computer gives us none, or not over this disk; the message has its words."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or folder of ours that is seen, but cannot be changed, at a path of the machine's."""

    source: Path
    target: str


@dataclass(frozen=True, slots=True)
class Inside:
    """`folder`: for what is not the disk. `environment`: all the commands see besides PATH."""

    machine: MachineDir
    folder: Path
    hostname: str
    mounts: Sequence[Mount]
    environment: Mapping[str, str]


def must_be_had(state_dir: Path) -> None:
    """Try all that is needed, on the file system of `state_dir`. Raises NoNameSpaces."""
    state_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=state_dir) as folder:
        inside = Inside(MachineDir(Path(folder)), Path(folder, "boot"), "trial", (), {})
        inside.machine.console.touch()
        answer = subprocess.run(
            start_argv(inside, ["true"]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={"PATH": _OUTSIDE_PATH},
            check=False,
        )
    if answer.returncode != 0:
        why = (answer.stderr.splitlines() or ["no word why"])[0]
        raise NoNameSpaces(
            "machine.cluster executes what machines are told in name spaces of their own, and "
            f"this computer gives none: {why}. Run as root, with the state on a "
            "disk that overlayfs can write to, or leave machine.cluster out"
        )


async def start(inside: Inside, argv: Sequence[str]) -> asyncio.subprocess.Process:
    """Start a command; its output is the machine's console. It and all it starts die with us."""
    with inside.machine.console.open("ab") as console:
        return await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", "--", *start_argv(inside, argv)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
            env={**inside.environment, "PATH": _OUTSIDE_PATH},
        )


def start_argv(inside: Inside, argv: Sequence[str]) -> list[str]:
    """Prepare the folders and return what starts the command in there."""
    script = inside.folder / "start.sh"
    write_private(script, _script(inside, argv), 0o700)
    spaces = ("--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child=KILL")
    return ["unshare", *spaces, "--", "/bin/sh", str(script)]


def _script(inside: Inside, argv: Sequence[str]) -> str:
    base = inside.folder / "base"
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    return _SCRIPT.format(
        hostname=shlex.quote(inside.hostname),
        base=shlex.quote(str(base)),
        tree="\n".join(_tree(inside)),
        made_anew=" ".join(_MADE_ANEW),
        devices=" ".join(_DEVICES),
        console=shlex.quote(str(inside.machine.console)),
        mounts="\n".join(_mount(mount) for mount in inside.mounts),
        rights=f"-all,+{_RIGHTS.replace(',', ',+')}",
        path=PATH,
        argv=shlex.join(argv),
    )


def _tree(inside: Inside) -> list[str]:
    """Commands that put the computer's programs and the machine's disk below the new root."""
    lines = []
    root = inside.machine.root
    for name in _SYSTEM:
        top = Path("/", name)
        if top.is_symlink():
            lines.append(f"ln -s {shlex.quote(str(top.readlink()))} {name}")
        elif top.is_dir():
            lines.append(f"mkdir {name}; read_only {top} {name}")
    for name in _OVERLAID:
        upper, work = root / name, inside.folder / f"work-{name}"
        _folder(upper)
        _folder(work)
        options = f"lowerdir=/{name},upperdir={upper},workdir={work},index=off"
        lines.append(f"mkdir {name}; mount -t overlay -o {shlex.quote(options)} overlay {name}")
    # k3s writes here from outside; an overlay need not show what comes to it in other ways.
    shared = root / "etc/rancher"
    _folder(shared)
    lines.append(f"mount --bind {shlex.quote(str(shared))} etc/rancher")
    _folder(root / "var/tmp")
    found = {entry.name for entry in root.iterdir() if entry.is_dir()}
    for name in sorted(found.union(_OWN) - {*_SYSTEM, *_OVERLAID, *_MADE_ANEW}):
        _folder(root / name)
        source, target = shlex.quote(str(root / name)), shlex.quote(name)
        lines.append(f"mkdir -- {target}; mount --bind {source} {target}")
    return lines


def _folder(path: Path) -> None:
    # Readable as on any disk; the machine's folder around it is closed.
    path.mkdir(parents=True, exist_ok=True, mode=0o755)


def _mount(mount: Mount) -> str:
    source, target = shlex.quote(str(mount.source)), shlex.quote(mount.target.lstrip("/"))
    make = f"mkdir -p {target}" if mount.source.is_dir() else f": >{target}"
    return f'mkdir -p "$(dirname {target})"; {make}; read_only {source} {target}'
