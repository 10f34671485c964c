"""`manage.py log_verify [SUBJECT …]`: is every line of these logs there, and unchanged?"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalyst.eventlog.verification import subjects, verify


class Command(BaseCommand):
    help = "Recompute the running hash of logs, `<kind>:<id>`; all of them when none is named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        damaged = 0
        for subject in options["subject"] or subjects():
            found = verify(subject)
            lines = "complete" if found.complete else "LINES ARE MISSING"
            chain = "hash ok" if found.chain_ok else "HASH DIFFERS"
            self.stdout.write(f"{subject}: {found.last_seq} lines, {lines}, {chain}")
            damaged += not found.whole
        if damaged:
            self.stderr.write(f"damaged: {damaged}")
            sys.exit(1)
