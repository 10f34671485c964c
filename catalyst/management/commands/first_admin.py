"""`manage.py first_admin`: the first sovereign-admin of a new Sovereign, from what it was told."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalyst.identity import services
from catalyst.identity.keycloak import services as keycloak
from catalyst.identity.keycloak.admin import KeycloakRefuses
from catalyst.identity.oidc.problems import IssuerAway

PAUSE_SECONDS = 1.0


class Command(BaseCommand):
    help = "Make the first sovereign-admin, unless there is one: in Keycloak, or here without one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--code-hash-file", type=Path, required=True)
        parser.add_argument(
            "--patience", type=float, default=30.0,
            help="seconds to wait for Keycloak before giving up, for whoever starts this again",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        email, code_hash = options["email"], options["code_hash_file"].read_text().strip()
        if settings.CATALYST.oidc_issuer:
            made = self._in_keycloak(email, code_hash, options["patience"])
        else:
            made = services.make_first_admin(email=email, code_hash=code_hash) is not None
        self.stdout.write("made" if made else "there is one already")

    def _in_keycloak(self, email: str, code_hash: str, patience: float) -> bool:
        """Raises CommandError with the reason of the last try."""
        deadline = time.monotonic() + patience
        while True:
            try:
                return keycloak.make_first_admin(email=email, code_hash=code_hash)
            except (IssuerAway, KeycloakRefuses) as problem:
                if time.monotonic() > deadline:
                    raise CommandError(problem.detail) from problem
            time.sleep(PAUSE_SECONDS)
