"""`manage.py vault …`: docs/runbooks/vault-key.md."""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalyst.problem import Problem
from catalyst.vault import keys, rotation, sweeping


class Command(BaseCommand):
    help = "Where the vault's records are kept, moving them to the keeper and key of now, checks."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("status", help="records per key")
        rotate = actions.add_parser("rotate", help="move every record to the keeper and key of now")
        rotate.add_argument("--batch", type=int, help="records per transaction")
        actions.add_parser("new-key", help="OpenBao only: a new version wraps from now on")
        actions.add_parser("forget-old-keys", help="OpenBao only: delete what no record needs")
        actions.add_parser("check", help="OpenBao only: records without value, values without one")
        sweep = actions.add_parser("sweep", help="OpenBao only: destroy values without record")
        sweep.add_argument("--everything", action="store_true", help="however many they are")

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
                case "check":
                    self._check()
                case "sweep":
                    asked = sweeping.sweep(everything=options["everything"])
                    self._say(f"{asked} values without record will be destroyed by a worker")
        except Problem as problem:
            raise CommandError(f"{problem.title}. {problem.detail}") from problem

    def _status(self) -> None:
        self._say(f"{keys.wrapping().current()}  wraps now")
        for key, count in rotation.counts().items():
            self._say(f"{key}  {count} records")
        self._say(f"{rotation.out_of_place()} records elsewhere than they would be put now")

    def _rotate(self, actor: str, batch: int | None) -> None:
        progress = rotation.Progress(0, 0)
        for progress in rotation.rotate(actor=actor, batch=batch):
            self._say(f"{progress.moved} moved")
        if progress.refused:
            raise CommandError(
                f"{progress.refused} records open under no key known here; they stay as they are."
            )
        if progress.stay:
            raise CommandError(
                f"{progress.stay} records stay at their earlier keeper: our role at OpenBao may "
                "not open them or not keep them. Rotate as one that may."
            )
        if left := rotation.out_of_place():
            raise CommandError(f"Somebody keeps secrets elsewhere meanwhile: {left}. Rotate again.")
        current, found = keys.wrapping().current(), rotation.counts()
        there = sum(found.values())
        self._say(f"{there} records, all under {current} or in OpenBao: no other key is needed")

    def _check(self) -> None:
        report = sweeping.check()
        for record in report.missing:
            self._say(f"{record}  has no value in OpenBao")
        for path in report.unknown:
            self._say(f"{path}  belongs to no record")
        for path in report.pending:
            self._say(f"{path}  is to be destroyed")
        if not report.whole:
            raise CommandError(
                f"{len(report.missing)} records without value, {len(report.unknown)} values "
                "without record: docs/runbooks/vault-key.md says what to do."
            )
        self._say("Every record has its value, every value its record.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
