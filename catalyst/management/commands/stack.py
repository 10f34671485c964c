"""`manage.py stack up | status | logs | down`: the laptop stack, see catalyst/embedded."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalyst.embedded import terminal


class Command(BaseCommand):
    help = "Start, watch and stop the real programs Catalyst runs on."
    requires_system_checks: list[str] = []  # there is no database yet

    def add_arguments(self, parser: CommandParser) -> None:
        terminal.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        sys.exit(terminal.run(options))
