"""`manage.py log_compact [SUBJECT …]`: pack finished logs now instead of after a while."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalyst.eventlog.compaction import compact, compact_due


class Command(BaseCommand):
    help = "Pack finished logs, `<kind>:<id>`, into chunks; what is due when none is named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        made = sum(compact(subject) for subject in options["subject"])
        if not options["subject"]:
            while more := compact_due():
                made += more
        self.stdout.write(f"made {made} chunks")
