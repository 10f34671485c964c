"""Command line of the local internet; `serve` is the program, the others are one-off steps."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from infra.localcloud.internet import config as configuration
from infra.localcloud.internet.addresses import AddressUnavailable
from infra.localcloud.internet.authoritative import NotInstalled, StartFailed
from infra.localcloud.internet.config import Config, InvalidConfig


def main() -> int:
    """Run one command; returns the exit code: 0 done, 1 failed, 2 the configuration is wrong."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        arguments.run(configuration.load(arguments.config))
    except InvalidConfig as error:
        print(f"internet: {error}", file=sys.stderr)
        return 2
    except (AddressUnavailable, NotInstalled, StartFailed) as error:
        print(f"internet: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.localcloud.internet", description=__doc__
    )
    commands = parser.add_subparsers(required=True)
    for name, run, what in (
        ("serve", _serve, "root, TLDs, resolver, proxy and registry, until SIGTERM"),
        ("proxy", _proxy, "the forward proxy alone; serve starts it"),
        ("acme-prepare", _acme_prepare, "write pebble's configuration and certificate"),
        ("acme-trust", _acme_trust, "build the CA bundle and Chromium's trust from pebble's root"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("--config", type=Path, required=True)
        command.set_defaults(run=run)
    return parser


# Each command imports what it needs: the proxy must not load a web framework to start quickly.
def _serve(config: Config) -> None:
    from infra.localcloud.internet import service

    asyncio.run(service.serve(config))


def _proxy(config: Config) -> None:
    from infra.localcloud.internet import forward_proxy

    forward_proxy.run(config)


def _acme_prepare(config: Config) -> None:
    from infra.localcloud.internet import acme

    acme.prepare(config)


def _acme_trust(config: Config) -> None:
    from infra.localcloud.internet import trust

    trust.build(config)


if __name__ == "__main__":
    sys.exit(main())
