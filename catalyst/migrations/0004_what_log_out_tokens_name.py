from django.db import migrations, models


def forget(apps, schema_editor):
    """They live six minutes, and what they named is not known of these."""
    apps.get_model("catalyst", "SpentLogoutToken").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('catalyst', '0003_issuer_logins'),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
        migrations.AddField(
            model_name='spentlogouttoken',
            name='issuer',
            field=models.CharField(max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='spentlogouttoken',
            name='sid',
            field=models.CharField(blank=True, default='', help_text='empty: every session', max_length=255),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='spentlogouttoken',
            name='subject',
            field=models.CharField(blank=True, default='', help_text="empty: the session's", max_length=255),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='spentlogouttoken',
            name='issued_at',
            field=models.DateTimeField(help_text="by the issuer's clock"),
            preserve_default=False,
        ),
    ]
