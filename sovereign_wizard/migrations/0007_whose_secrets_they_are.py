from django.db import migrations


def say_whose(apps, schema_editor):
    """Before, records did not know; a rotation moves those to OpenBao that do. Drafts end in a day."""
    kept = apps.get_model("catalyst", "SealedSecret").objects
    for deployment in apps.get_model("sovereign_wizard", "Deployment").objects.only("secrets"):
        mine = kept.filter(pk__in=deployment.secrets.values())
        mine.update(owner=f"deployments/{deployment.pk}")


class Migration(migrations.Migration):

    dependencies = [
        ('catalyst', '0007_vault_values_in_openbao'),
        ('sovereign_wizard', '0006_receipt_names_its_secret'),
    ]

    operations = [migrations.RunPython(say_whose, migrations.RunPython.noop)]
