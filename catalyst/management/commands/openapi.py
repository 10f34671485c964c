"""`manage.py openapi`: write docs/openapi.json, the API as it is published."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from catalyst.api.document import written
from catalyst.api.root import api


class Command(BaseCommand):
    help = "Write the published OpenAPI document to docs/openapi.json."

    def handle(self, *args: Any, **options: Any) -> None:
        target = settings.BASE_DIR / "docs" / "openapi.json"
        target.write_text(written(api))
        self.stdout.write(f"wrote {target.relative_to(settings.BASE_DIR)}")
