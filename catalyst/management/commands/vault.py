"""`manage.py vault status | rotate | new-key | forget-old-keys`: docs/runbooks/vault-key.md."""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalyst.problem import Problem
from catalyst.vault import keys, rotation


class Command(BaseCommand):
    help = "Which keys the vault's records are under, and moving them to the key of now."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("status", help="records per key")
        rotate = actions.add_parser("rotate", help="move every record to the key of now")
        rotate.add_argument("--batch", type=int, help="records per transaction")
        actions.add_parser("new-key", help="OpenBao only: a new version wraps from now on")
        actions.add_parser("forget-old-keys", help="OpenBao only: delete what no record needs")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = f"command:{getpass.getuser()}"
        try:
            match options["action"]:
                case "status":
                    self._status()
                case "rotate":
                    self._rotate(actor, options["batch"])
                case "new-key":
                    self._say(f"{rotation.make_new_key(actor=actor)} wraps from now on")
                case "forget-old-keys":
                    rotation.forget_old_keys(actor=actor)
                    self._say("forgotten")
        except Problem as problem:
            raise CommandError(f"{problem.title}. {problem.detail}") from problem

    def _status(self) -> None:
        current = keys.wrapping().current()
        self._say(f"{current}  wraps now")
        for key, count in rotation.counts().items():
            self._say(f"{key}  {count} records")

    def _rotate(self, actor: str, batch: int | None) -> None:
        progress = rotation.Progress(0, 0)
        for progress in rotation.rotate(actor=actor, batch=batch):
            self._say(f"{progress.moved} moved")
        if progress.refused:
            raise CommandError(
                f"{progress.refused} records open under no key known here; they stay as they are."
            )
        current, found = keys.wrapping().current(), rotation.counts()
        if older := {key: count for key, count in found.items() if key != current}:
            raise CommandError(f"Somebody seals under other keys meanwhile: {older}. Rotate again.")
        self._say(f"{found.get(current, 0)} records, all under {current}: no other key is needed")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
