"""`manage.py person EMAIL --role …`: make a local person; the password comes on standard input."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from catalyst.identity.models import Role
from catalyst.identity.services import make_user
from catalyst.vault.secret import Secret


class Command(BaseCommand):
    help = "Make a local person. Reads the password from standard input, never from the arguments."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", action="append", choices=Role.values, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        password = sys.stdin.readline().rstrip("\n")
        if len(password) < 12:
            raise CommandError("Give a password of 12 characters or more on standard input.")
        try:
            make_user(
                email=options["email"],
                roles=options["role"],
                password=Secret(password),
                actor="system:command-line",
            )
        except IntegrityError as error:
            raise CommandError(f"{options['email']} is known already.") from error
        self.stdout.write(f"made {options['email']}")
