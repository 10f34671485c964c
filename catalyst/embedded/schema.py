"""Makes the schema as its owner, then gives web and workers their rights; the stack runs it."""

from __future__ import annotations

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    call_command("migrate", interactive=False)
    call_command("audit", "grant", "catalyst_app")
