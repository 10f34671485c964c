from django.db import migrations


def say_whose(apps, schema_editor):
    """Before, records did not know; a rotation moves those to OpenBao that do."""
    kept = apps.get_model("catalyst", "SealedSecret").objects
    for allocation in apps.get_model("dns", "Allocation").objects.exclude(acme_key_ref=""):
        kept.filter(pk=allocation.acme_key_ref).update(owner=f"names/{allocation.pk}")
    for move in apps.get_model("dns", "DomainMove").objects.only("acme_key_ref", "credentials_ref"):
        references = [it for it in (move.acme_key_ref, move.credentials_ref) if it]
        kept.filter(pk__in=references).update(owner=f"moves/{move.pk}")


class Migration(migrations.Migration):

    dependencies = [
        ('catalyst', '0007_vault_values_in_openbao'),
        ('dns', '0003_reserved_words'),
    ]

    operations = [migrations.RunPython(say_whose, migrations.RunPython.noop)]
