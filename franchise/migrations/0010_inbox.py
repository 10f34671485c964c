"""The inbox of Stripe's events, and whom an Organization is at Stripe."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now


class Migration(migrations.Migration):

    dependencies = [("franchise", "0009_billing")]

    operations = [
        migrations.CreateModel(
            name="CardAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer", models.CharField(help_text="Stripe's customer", max_length=255, unique=True)),
                ("payment_method", models.CharField(blank=True, db_default="", default="", max_length=255)),
                ("brand", models.CharField(blank=True, db_default="", default="", max_length=40)),
                ("last4", models.CharField(blank=True, db_default="", default="", max_length=4)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("organization", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="card_account", to="franchise.organization")),
            ],
            options={"db_table": "franchise_card_account"},
        ),
        migrations.CreateModel(
            name="WebhookEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(help_text="Stripe's", max_length=255, unique=True)),
                ("type", models.CharField(max_length=100)),
                ("created", models.DateTimeField(help_text="by Stripe's clock")),
                ("about", models.JSONField(default=dict, help_text="ids, our metadata, amounts; no secrets")),
                ("state", models.CharField(
                    choices=[("pending", "Pending"), ("done", "Done"), ("ignored", "Ignored"), ("given_up", "Given up")],
                    db_default="pending", default="pending", max_length=8,
                )),
                ("attempts", models.PositiveIntegerField(db_default=0, default=0)),
                ("error", models.CharField(blank=True, db_default="", default="", max_length=500)),
                ("received_at", models.DateTimeField(db_default=Now())),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "franchise_webhook_event",
                "constraints": [
                    models.CheckConstraint(
                        name="franchise_webhook_event_has_a_state",
                        condition=Q(state__in=["pending", "done", "ignored", "given_up"]),
                    ),
                    models.CheckConstraint(
                        name="franchise_webhook_event_ends_once",
                        condition=Q(state="pending", done_at__isnull=True)
                        | (~Q(state="pending") & Q(done_at__isnull=False)),
                    ),
                ],
            },
        ),
    ]
