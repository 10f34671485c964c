"""`manage.py dns_delegation [domain …]`: does every server of the parent say what it should?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalyst.problem import Problem
from dns.delegation.parent import check
from dns.pools.bootstrap import Domain, of_settings
from dns.powerdns.client import PowerDns


class Command(BaseCommand):
    help = "Check the delegation of our own domains at their registrars, server by server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domains", nargs="*", help="only these; every one of ours if none")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with PowerDns.from_settings() as server:
                ours = {domain.name: domain for domain in of_settings(server)}
        except Problem as problem:
            raise CommandError(f"{problem.title}: {problem.detail}") from problem
        asked = options["domains"] or list(ours)
        if unknown := [name for name in asked if name not in ours]:
            raise CommandError(f"not ours: {', '.join(unknown)}; ours: {', '.join(ours)}")
        verdicts = [self._show(ours[name]) for name in asked]
        if not all(verdicts):
            raise CommandError("A parent does not say what it should.")

    def _show(self, domain: Domain) -> bool:
        verdict = check(domain.name, nameservers=domain.nameservers, ds=domain.ds, glue=domain.glue)
        self.stdout.write(f"{domain.name}: {'right' if verdict.ok else 'NOT right'}")
        if not verdict.answers:
            self.stdout.write(f"  no server of {verdict.parent} was found")
        for one in verdict.answers:
            self.stdout.write(f"  {one.server} ({one.address}): {one.problem or 'right'}")
        return verdict.ok
