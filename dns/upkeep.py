"""What is done for all zones every few minutes, whoever asked for nothing."""

from __future__ import annotations

import structlog

from catalyst.problem import Problem
from dns.drift import services as drift
from dns.pools.bootstrap import follow_settings
from dns.powerdns.client import PowerDns

log = structlog.get_logger(__name__)


def keep_up() -> None:
    """The pools' own zones first, because every name hangs below one. Raises for neither."""
    try:
        with PowerDns.from_settings() as server:
            follow_settings(server)
    except Problem as problem:
        log.error("a pool's own zone cannot be kept", type=problem.type, why=problem.detail)
    try:
        drift.report()
    except Problem as problem:
        log.error("zones cannot be compared", type=problem.type, why=problem.detail)
