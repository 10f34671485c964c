"""`manage.py dns_drift`: compare every zone with its row; put right or remove orphans when told."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalyst.problem import Problem
from dns.drift import services as drift


class Command(BaseCommand):
    help = "Report what the name servers say that no row wants. Changes nothing unless told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="put names right by their rows")
        parser.add_argument(
            "--remove-orphans", action="store_true", help="remove zones that no row wants"
        )
        parser.add_argument("--force", action="store_true", help="even if it is a mass change")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = f"shell:{getpass.getuser()}"
        try:
            report = drift.report(repair=options["repair"], force=options["force"], actor=actor)
            for one in report.findings:
                self.stdout.write(f"{one['kind']:18} {one['name']} {one['detail']}".rstrip())
            self.stdout.write(
                f"{report.zones} zones, {report.existing} sets, {report.changes} to change,"
                f" {report.repaired} names put right"
            )
            if options["remove_orphans"]:
                names = drift.remove_orphans(actor=actor, force=options["force"])
                self.stdout.write(f"removing {', '.join(names) or 'nothing'}")
        except Problem as problem:
            raise CommandError(f"{problem.title}: {problem.detail}") from problem
        if report.refused:
            raise CommandError(f"Nothing was put right: {report.refused}")
