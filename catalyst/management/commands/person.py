"""`manage.py person EMAIL --role …`: make a local person; the password comes on standard input.

`--change`: one there is gets these roles in place of theirs, or is switched off or on.
"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from catalyst.identity.models import Role, User
from catalyst.identity.services import change_person, make_user
from catalyst.vault.secret import Secret

ACTOR = "system:command-line"


class Command(BaseCommand):
    help = (
        "Make a local person, or change one. Reads the password of a new one from standard input, "
        "never from the arguments."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", action="append", choices=Role.values)
        parser.add_argument("--change", action="store_true", help="of a person there is")
        state = parser.add_mutually_exclusive_group()
        for name, value in (("--on", True), ("--off", False)):
            state.add_argument(name, dest="is_active", action="store_const", const=value)

    def handle(self, *args: Any, **options: Any) -> None:
        email, roles, is_active = options["email"], options["role"], options["is_active"]
        if options["change"]:
            self._change(email, roles, is_active)
        elif roles is None or is_active is not None:
            raise CommandError("Give --role for a new person; --on and --off go with --change.")
        else:
            self._make(email, roles)

    def _make(self, email: str, roles: list[str]) -> None:
        password = sys.stdin.readline().rstrip("\n")
        if len(password) < 12:
            raise CommandError("Give a password of 12 characters or more on standard input.")
        try:
            make_user(email=email, roles=roles, password=Secret(password), actor=ACTOR)
        except IntegrityError as error:
            raise CommandError(f"{email} is known already.") from error
        self.stdout.write(f"made {email}")

    def _change(self, email: str, roles: list[str] | None, is_active: bool | None) -> None:
        if roles is None and is_active is None:
            raise CommandError("Say what to change: --role, --on or --off.")
        try:
            user = User.objects.get_by_natural_key(email)
        except User.DoesNotExist as error:
            raise CommandError(f"There is no local person {email}.") from error
        change_person(user=user, actor=ACTOR, roles=roles, is_active=is_active)
        self.stdout.write(f"changed {email}")
