"""Daphne on the database of the measurement: `python -m bench.log_server PORT`."""

from __future__ import annotations

import sys

from daphne.cli import CommandLineInterface

from bench import scratch


def main() -> None:
    scratch.set_up()
    from catalyst.eventlog.services import permit

    permit("bench", lambda user, _key: user.has_role("member"))
    where = ["--bind", "127.0.0.1", "--port", sys.argv[1]]
    CommandLineInterface().run([*where, "--verbosity", "0", "catalyst.asgi:application"])


if __name__ == "__main__":
    main()
