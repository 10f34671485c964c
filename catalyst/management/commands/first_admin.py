"""`manage.py first_admin`: the first sovereign-admin of a new Sovereign, from what it was told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalyst.identity.services import make_first_admin


class Command(BaseCommand):
    help = "Make the first sovereign-admin, unless there is one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--code-hash-file", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        code_hash = options["code_hash_file"].read_text().strip()
        made = make_first_admin(email=options["email"], code_hash=code_hash)
        self.stdout.write("made" if made else "there is one already")
