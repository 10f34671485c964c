"""`manage.py dns_bootstrap [--json]`: our own zones, and what their registrars have to know."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalyst.problem import Problem
from dns.pools.bootstrap import follow_settings
from dns.powerdns.client import PowerDns


class Command(BaseCommand):
    help = "Make sure the zones of the name servers and of every pool domain exist and are signed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs: one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with PowerDns.from_settings() as server:
                domains = follow_settings(server)
        except Problem as problem:
            raise CommandError(f"{problem.title}: {problem.detail}") from problem
        if options["json"]:
            self.stdout.write(json.dumps({"domains": [asdict(domain) for domain in domains]}))
            return
        for domain in domains:
            self.stdout.write(f"{domain.name}: tell its registrar")
            for line in (
                *(f"NS {name}" for name in domain.nameservers),
                *(f"glue {name} {' '.join(ips)}" for name, ips in domain.glue.items()),
                *(f"DS {ds}" for ds in domain.ds),
            ):
                self.stdout.write(f"  {line}")
