"""What migrations wrote is there for every test: a transactional one empties all tables at its end.

pytest-xdist's workers meet transactional tests in any order, so the rows are written again at once.
"""

from __future__ import annotations

from collections.abc import Generator
from importlib import import_module

import pytest
from pytest_django.plugin import blocking_manager_key

EMPTYING = {"transactional_db", "django_db_reset_sequences", "live_server"}
# The rows of a model → who writes them, as the migration did.
FIRST_ROWS = {
    "Plan": ("0004_catalog", "fill"),
    "BillingSettings": ("0009_billing", "first_settings"),
}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    yield
    if nextitem is None:  # the database is gone by now
        return
    marker = item.get_closest_marker("django_db")
    emptied = marker is not None and (marker.kwargs.get("transaction") or any(marker.args))
    if emptied or EMPTYING & set(getattr(item, "fixturenames", ())):
        from catalyst.vault.lasting import forget_opened

        forget_opened()  # it is in no row any more
        with item.config.stash[blocking_manager_key].unblock():
            write_again()


def write_again() -> None:
    from django.apps import apps
    from django.db import transaction

    for model, (migration, function) in FIRST_ROWS.items():
        if not apps.get_model("franchise", model).objects.exists():
            with transaction.atomic():
                getattr(import_module(f"franchise.migrations.{migration}"), function)(apps, None)
