"""`manage.py audit verify | export | seal | grant`: the audit's chain, and who may write to it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalyst.audit.chain import Line, Verdict, judge, lines_after, spell
from catalyst.audit.role import grant
from catalyst.audit.sealing import seal, verify


class Command(BaseCommand):
    help = "Verify, export and seal the audit; give the application's database role its rights."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        check = acts.add_parser("verify", help="is every event there, and unchanged?")
        check.add_argument(
            "--head",
            action="append",
            default=[],
            type=_head,
            metavar="SEQ:HASH",
            help="a line that a collector has; the chain must still run through it",
        )
        check.add_argument("--file", type=Path, help="exported lines instead of the database")
        out = acts.add_parser("export", help="sealed events as JSON lines")
        out.add_argument("--after", type=int, default=0, metavar="SEQ")
        acts.add_parser("seal", help="seal what waits, now")
        rights = acts.add_parser(
            "grant", help="what web and workers need; only adding to the audit"
        )
        rights.add_argument("role")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["act"]:
            case "verify":
                self._verify(options["file"], options["head"])
            case "export":
                for line, _ in lines_after(options["after"]):
                    self.stdout.write(spell(line))
            case "seal":
                while count := seal():
                    self.stdout.write(f"sealed {count}")
            case "grant":
                grant(options["role"])
                self.stdout.write(f"granted to {options['role']}")

    def _verify(self, file: Path | None, heads: list[tuple[int, str]]) -> None:
        verdict = judge(_lines_of(file), heads=heads) if file else verify(heads=heads)
        self._say(verdict)
        if not verdict.whole:
            sys.exit(1)

    def _say(self, verdict: Verdict) -> None:
        seq, last = verdict.last
        self.stdout.write(f"{verdict.lines} events, head {seq}:{last}")
        for problem in verdict.problems[:50]:
            self.stderr.write(f"DAMAGED: {problem}")


def _head(text: str) -> tuple[int, str]:
    seq, _, digest = text.partition(":")
    if not seq.isdigit() or len(digest) != 64:
        raise argparse.ArgumentTypeError("is a number, a colon and 64 hexadecimal digits")
    return int(seq), digest


def _lines_of(file: Path) -> Iterator[tuple[Line, str]]:
    try:
        with file.open(encoding="utf-8") as lines:
            for text in lines:
                line = json.loads(text)
                yield line, str(line["hash"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{file} holds no exported lines: {type(error).__name__}") from error
