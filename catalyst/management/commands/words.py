"""`manage.py words`: collect what pages say into locale/ and compile the translations."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from catalyst.language import catalogue


class Command(BaseCommand):
    help = "Bring locale/*.po and *.mo up to date with templates and code; say what is missing."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for language, _ in settings.LANGUAGES[1:]:
            now = catalogue.write(language)
            for message in catalogue.missing(now):
                self.stdout.write(f"{language}: not translated: {message.id}")
            for words in catalogue.wrong_places(now):
                self.stdout.write(f"{language}: other values are filled in: {words}")
            self.stdout.write(f"{language}: {len(now)} texts")
