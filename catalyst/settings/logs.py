"""Structured JSON logs on standard error. A `Secret` in a log line reads `<secret>`."""

from __future__ import annotations

import logging.config
from typing import Any

import structlog

from catalyst.telemetry.spans import add_ids

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    add_ids,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(default=str),
            "foreign_pre_chain": SHARED,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # httpx and hcloud would log URLs; nothing of ours puts secrets there, but less is safer.
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        # A line for every tick would bury what matters.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # Says the path of every address that leads nowhere; our own line for the request does not.
        "django.request": {"level": "ERROR"},
    },
}


def configure() -> None:
    """Apply; called once by the settings modules."""
    logging.config.dictConfig(LOGGING)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
