"""How a program of the local cloud starts: `--config FILE`, its log, its exit codes."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from infra.localcloud.config import ConfigError

Config = TypeVar("Config")


def start(
    module: str,
    *,
    load: Callable[[Path], Config],
    run: Callable[[Config], Coroutine[Any, Any, None]],
    called: str,
    about: str | None,
    quiet: str = "httpx",
    exits: Mapping[type[Exception], int] | None = None,
) -> int:
    """Serve until it is stopped; the exit code: 0 stopped, 2 the configuration is not usable.

    `quiet`: a library's log that says only warnings; httpx would write whole request lines, and
    what stands in a URL is nobody's business. `exits`: what else may stop it, and its exit code.
    """
    parser = argparse.ArgumentParser(prog=module, description=about)
    parser.add_argument("--config", type=Path, required=True, help="JSON file, see config.py")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger(quiet).setLevel(logging.WARNING)
    codes: dict[type[Exception], int] = {ConfigError: 2, **(exits or {})}
    try:
        asyncio.run(run(load(arguments.config)))
    except tuple(codes) as error:
        print(f"{called}: {error}", file=sys.stderr)
        return next(code for kind, code in codes.items() if isinstance(error, kind))
    return 0
