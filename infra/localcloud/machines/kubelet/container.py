"""One run of one container: a program over this computer's file system, in name spaces of its own.

What it writes outside its volumes goes into memory and is gone with it. Its whole process tree dies
with it, and it dies with the kubelet, however that ends (PID name space and PR_SET_PDEATHSIG).
"""

import asyncio
import contextlib
import os
import pwd
import shlex
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.localcloud.machines.kubelet.identity import Identity
from infra.localcloud.machines.layout import write_private

# File systems that are made anew in the container or of no use to it.
_NOT_TAKEN_OVER = {
    *("proc", "sysfs", "devtmpfs", "devpts", "mqueue", "cgroup", "cgroup2", "securityfs"),
    *("debugfs", "tracefs", "bpf", "pstore", "configfs", "fusectl", "hugetlbfs", "autofs"),
    *("binfmt_misc", "overlay", "nsfs", "efivarfs", "rpc_pipefs", "squashfs"),
}

_LOOK_AGAIN_SECONDS = 0.01

# As image builders set it (OCI image specification, "config").
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_SCRIPT = """\
set -eu
wanted_path=${{PATH-}}
PATH={path}
put() {{  # source target options
    if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "$(dirname "$2")"; [ -e "$2" ] || : > "$2"; fi
    mount --bind "$1" "$2"
    [ -z "$3" ] || mount -o "remount,bind,$3" "$2"
}}
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs {base}
mkdir {base}/upper {base}/work {base}/root
mount -t overlay overlay \
-o lowerdir=/,upperdir={base}/upper,workdir={base}/work,index=off {base}/root
cd {base}/root
mount --rbind /dev dev
mount --rbind /sys sys
mount -t proc proc proc
{taken_over}
rm -f etc/resolv.conf etc/hosts etc/hostname
cp {files}/resolv.conf {files}/hosts {files}/hostname etc/
{account}
{volumes}
{seal}
PATH=$wanted_path
exec /usr/sbin/chroot {base}/root {become} /usr/bin/env -C {cwd} -- {argv}
"""


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of ours at a path of the container's."""

    source: Path
    target: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Start:
    """Everything a run needs. `folder` is the run's own, empty; `files`: resolv.conf and so on.

    `identity`: as whom it runs.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    cwd: str
    mounts: Sequence[Mount]
    identity: Identity
    enter: Sequence[str]
    files: Path
    folder: Path
    log: Path


class Running:
    """A started container. `wait` gives its exit code as containers tell it: 128 + signal."""

    def __init__(self, process: asyncio.subprocess.Process, what: Start) -> None:
        self._process = process
        self._environment = dict(what.environment)
        self._become = what.identity.setpriv()

    async def wait(self) -> int:
        code = await self._process.wait()
        return code if code >= 0 else 128 - code

    def terminate(self, number: int = signal.SIGTERM) -> None:
        """Signal its first process, as a runtime does; without a handler it takes no notice."""
        if (pid := self.pid) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    async def kill(self) -> None:
        """End it and everything in it now."""
        self.terminate(signal.SIGKILL)
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()

    @property
    def pid(self) -> int | None:
        """Its first process as we see it: the only child of the `unshare` that waits for it."""
        outer = self._process.pid
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
            return int(children[0]) if children else None
        return None

    async def _inside(self) -> int | None:
        """Its first process, as soon as that sees the container's tree and not ours any more."""
        while self._process.returncode is None:
            pid = self.pid
            with contextlib.suppress(OSError):
                if pid is not None and os.readlink(f"/proc/{pid}/root") != "/":
                    return pid
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        return None

    async def spawn(
        self,
        argv: Sequence[str],
        *,
        stdin: int = asyncio.subprocess.PIPE,
        stdout: int = asyncio.subprocess.PIPE,
        stderr: int = asyncio.subprocess.PIPE,
        terminal: bool = False,
    ) -> asyncio.subprocess.Process | None:
        """Start a command inside, as the container's user; None if it does not run.

        `terminal`: stdin is one, and becomes the command's own. It dies with what we start here.
        """
        pid = await self._inside()
        if pid is None:
            return None
        inside = ("--mount", "--pid", "--net", "--uts", "--root", "--wd")
        dies_with_parent = ("/usr/bin/setpriv", "--pdeathsig", "KILL", "--")
        own_session = ("/usr/bin/setsid", "--ctty", "--wait") if terminal else ()
        return await asyncio.create_subprocess_exec(
            *dies_with_parent,
            # nsenter stays between us and the command, so that must die with nsenter.
            *("/usr/bin/nsenter", "--target", str(pid), *inside, "--"),
            *(*own_session, *self._become, *argv),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env={
                **self._environment,
                "PATH": self._environment.get("PATH", PATH),
                **({"TERM": "xterm"} if terminal else {}),  # as runtimes set it
            },
        )

    async def execute(self, argv: Sequence[str], seconds: float) -> tuple[int, str]:
        """Run a command inside; its exit code and the end of what it said. 124 = took too long."""
        process = await self.spawn(
            argv, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.STDOUT
        )
        if process is None:
            return 126, "the container is not running"
        try:
            said, _ = await asyncio.wait_for(process.communicate(), seconds)
        except (TimeoutError, asyncio.CancelledError) as error:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            if isinstance(error, asyncio.CancelledError):
                raise
            return 124, f"no answer in {seconds:g} s"
        return process.returncode or 0, said.decode(errors="replace")[-500:]


async def start(what: Start) -> Running:
    """Start it. A program that is not there ends at once with code 127, as in a container."""
    what.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    base = what.folder / "base"
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    script = what.folder / "start.sh"
    write_private(script, _script(what, base), 0o700)
    with what.log.open("ab") as log:
        what.log.chmod(0o600)
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", "--", *what.enter),
            *("unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--"),
            # Not sh: dash drops variables whose names hold a dot. -p: none of them steers bash.
            *("/bin/bash", "-p", str(script)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            # Values may be secret: by environment, never in argv or a file.
            env=dict(what.environment),
        )
    return Running(process, what)


def _script(what: Start, base: Path) -> str:
    quote = shlex.quote
    root = f"{base}/root"
    # Links resolved as the container's tree has them, which is ours: /var/run leads to /run, and
    # from out here an absolute link would lead out of the new root.
    places = [(os.path.realpath(mount.target), mount) for mount in what.mounts]
    # Deeper ones last, so that none hides another.
    places.sort(key=lambda place: place[0].count("/"))
    volumes = []
    for at, mount in places:
        options = "ro" if mount.read_only else ""
        volumes.append(f"put {quote(str(mount.source))} {quote(root + at)} {quote(options)}")
    return _SCRIPT.format(
        path=PATH,
        base=quote(str(base)),
        files=quote(str(what.files)),
        taken_over="\n".join(f"put {quote(at)} {quote(root + at)} ''" for at in _taken_over()),
        volumes="\n".join(volumes),
        account=_account(what.identity),
        seal=f"mount -o remount,ro {quote(root)}" if what.identity.sealed else "",
        become=" ".join(what.identity.setpriv()),
        cwd=quote(what.cwd),
        argv=" ".join(quote(word) for word in what.argv),
    )


def _account(identity: Identity) -> str:
    """A line for its user where this computer knows none, as CRI-O adds it to an image's."""
    if not identity.user:
        return ""
    try:
        pwd.getpwuid(identity.user)
    except KeyError:
        line = f"user-{identity.user}:x:{identity.user}:{identity.group}::{identity.home}:/bin/sh"
        return f"echo {line} >> etc/passwd"
    return ""


def _taken_over() -> list[str]:
    """Where other disks hang in this computer's tree: an overlay of `/` does not show them."""
    found = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, at, kind, *_ = line.split()
        inside = at.startswith(("/dev", "/proc", "/sys", "/run"))
        if at != "/" and kind not in _NOT_TAKEN_OVER and not inside:
            found.append(at.encode().decode("unicode_escape"))
    return found
