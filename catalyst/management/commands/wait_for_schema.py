"""`manage.py wait_for_schema`: end when the database has every migration of this code.

One process that waits: to ask anew by `migrate --check` would start Python for every look.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

LOOK_AGAIN_SECONDS = 1.0


class Command(BaseCommand):
    help = "Wait until the database has every migration of this code."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        said = ""
        while words := _missing():
            if words != said:
                self.stdout.write(said := words)
                self.stdout.flush()
            time.sleep(LOOK_AGAIN_SECONDS)


def _missing() -> str:
    """What is waited for, in words; empty when nothing is."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        return f"the database does not answer: {type(error).__name__}"
    finally:
        connection.close()
    return f"{len(plan)} migrations are not there yet" if plan else ""
