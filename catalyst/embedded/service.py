"""What a service of the stack is: a value. How it is run is the supervisor's business.

A service never starts or signals a process itself, and puts no secret into `argv` or `env`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from catalyst.embedded.state import StackState

# In the environment of a process whose database role is that of web and workers, not the owner's.
AS_APP = "CATALYST_AS_APP"


class CannotStart(Exception):
    """A service cannot be started on this machine; the text is one line: why, and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user a program runs as.

    `reach_all` lets it walk through folders closed to others, by CAP_DAC_READ_SEARCH, see
    capabilities(7): needed when the checkout lies in a private home folder.
    """

    name: str
    uid: int
    gid: int
    reach_all: bool = False


def nothing(_state: StackState) -> None:
    """`prepare` of a service that needs no preparation."""


def no_env(_state: StackState) -> Mapping[str, str]:
    return {}


def no_account(_state: StackState) -> Account | None:
    return None


def always(_state: StackState) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Service:
    """One program. Exactly one of `probe`, `ready_line`, `run_once` says when it is up.

    needs        services that must be up before, and are started along with this one
    after        services that must be up before, if they are to be started at all
    part_of      the service this one belongs to: started whenever that one is
    ports        control ports to have in `stack.json` (names of `names.PORT_NAMES`)
    public       it lives in, or looks into, the local internet's public range
    prepare      quick: writes folders and configuration before every start; may raise `CannotStart`
    probe        asks the running program itself; may raise anything, which counts as "not yet"
    ready_line   text the program writes to its log once it is up
    run_once     the program ends by itself; exit code 0 is "up"
    wanted       false: it is not started, and counts as done
    late         the stack counts as up without it; who needs it waits for it
    deadline     seconds from start to up
    stop_signal  asks the program to end within `stop_seconds`; after that its whole tree is killed
    orphan_signal  sent by the kernel if the supervisor dies (PR_SET_PDEATHSIG)
    """

    name: str
    argv: Callable[[StackState], list[str]]
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    part_of: str | None = None
    ports: tuple[str, ...] = ()
    public: bool = False
    prepare: Callable[[StackState], None] = nothing
    env: Callable[[StackState], Mapping[str, str]] = no_env
    account: Callable[[StackState], Account | None] = no_account
    probe: Callable[[StackState], bool] | None = None
    ready_line: str | None = None
    run_once: bool = False
    wanted: Callable[[StackState], bool] = always
    where: Callable[[StackState], str] = lambda _: ""
    late: bool = False
    deadline: float = 30.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 3.0
    orphan_signal: signal.Signals = signal.SIGKILL

    def __post_init__(self) -> None:
        if sum((self.probe is not None, self.ready_line is not None, self.run_once)) != 1:
            raise ValueError(f"{self.name}: one of probe, ready_line, run_once")


# A child inherits this much of our environment and no more: a token or a proxy in somebody's shell
# must not change what the stack does.
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV")


def inherited_env() -> dict[str, str]:
    """The part of our own environment that children get."""
    return {
        name: text
        for name, text in os.environ.items()
        if name in _INHERITED or name.startswith("CATALYST_")
    }
