"""The first version of the reserved words; from here on the table rules and operators keep it."""

from django.db import migrations
from django.db.models.functions import Now

from dns.reserved.seed import entries


def fill(apps, schema_editor):
    """Version 1 of the list: what Catalyst comes with."""
    words = apps.get_model("dns", "ReservedWord")
    apps.get_model("dns", "ReservedList").objects.create(id=1, version=1, changed_at=Now())
    words.objects.bulk_create(
        words(
            word=entry.word,
            pattern=entry.pattern,
            reason=entry.reason,
            since=1,
            added_by="system:seed",
            added_at=Now(),
        )
        for entry in entries()
    )


def empty(apps, schema_editor):
    """The list is gone with its tables; a re-applied migration starts again."""
    apps.get_model("dns", "ReservedWord").objects.all().delete()
    apps.get_model("dns", "ReservedList").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("dns", "0002_history_append_only")]
    operations = [migrations.RunPython(fill, empty)]
