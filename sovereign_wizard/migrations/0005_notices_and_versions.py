"""Who wants mail, which change of state was told, and the versions of a release."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sovereign_wizard", "0004_deployment_chosen_apps"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="component",
            name="app_version",
            field=models.CharField(blank=True, db_default="", max_length=80),
        ),
        migrations.AddField(
            model_name="component",
            name="chart_version",
            field=models.CharField(blank=True, db_default="", max_length=80),
        ),
        migrations.CreateModel(
            name="MailChoice",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("wanted", models.BooleanField()),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
            options={"db_table": "notices_mail_choice"},
        ),
        migrations.CreateModel(
            name="Told",
            fields=[
                (
                    "span",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="told",
                        serialize=False,
                        to="sovereign_wizard.statespan",
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "notices_told"},
        ),
    ]
