"""Landlock: a process gives up, for itself and all it starts, every file and TCP port not named.

It needs no right and works in an unprivileged container; also nothing outside can be traced,
looked into through /proc, or signalled. Standard library only.
Source: https://docs.kernel.org/userspace-api/landlock.html; numbers from linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
VERSION = 1
PATH_BENEATH, NET_PORT = 1, 2

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1
SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS = 1 << 0, 1 << 1
# All that the version knows: its predecessor's and one more bit (refer, truncate, devices).
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
FILE_RIGHTS_NOW = (1 << 16) - 1
READ = EXECUTE | READ_FILE | READ_DIR
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
# Ports, since the fourth version, are half of what this is for.
NEEDED = 4
SCOPES_SINCE = 6

_LIBC = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """What this kernel knows; 0 when it knows nothing of it."""
    return max(0, int(_LIBC.syscall(CREATE_RULESET, None, 0, VERSION)))


def there() -> bool:
    return version() >= NEEDED


def enter(*, reads: Iterable[Path], writes: Iterable[Path], ports: Iterable[int]) -> None:
    """Fence this process in. It must have given up gaining rights before (child.gain_nothing).

    What is not there is left out. Raises OSError.
    """
    known = version()
    handled = FILE_RIGHTS.get(known, FILE_RIGHTS_NOW)
    scopes = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS if known >= SCOPES_SINCE else 0
    words = struct.pack("=QQQ", handled, BIND_TCP | CONNECT_TCP, scopes)
    if known < SCOPES_SINCE:
        words = words[:16]
    rules = _call(CREATE_RULESET, words, len(words), 0)
    try:
        for path in reads:
            _beneath(rules, path, READ & handled)
        for path in writes:
            _beneath(rules, path, handled & ~(MAKE_CHAR | MAKE_BLOCK))
        for port in ports:
            _call(ADD_RULE, rules, NET_PORT, struct.pack("=QQ", CONNECT_TCP, port), 0)
        _call(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _beneath(rules: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_A_FILE
        _call(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    answer = int(_LIBC.syscall(number, *arguments))
    if answer < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return answer
