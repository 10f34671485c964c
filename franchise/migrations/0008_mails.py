from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):

    dependencies = [("franchise", "0007_redeem")]

    operations = [
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("to", models.EmailField(help_text="lower case", max_length=254)),
                ("key", models.CharField(help_text="of what it tells; once per kind and address", max_length=120)),
                ("language", models.CharField(blank=True, help_text="empty: found when it is sent", max_length=10)),
                ("context", models.JSONField(default=dict)),
                ("secrets", models.JSONField(default=dict, help_text="vault references by name, until it is sent")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("promised", "Promised"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("suppressed", "Not wanted"),
                        ],
                        default="promised",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("problem", models.CharField(blank=True, help_text="why it was given up", max_length=200)),
                ("message_id", models.CharField(max_length=200, unique=True)),
                ("promised_at", models.DateTimeField(auto_now_add=True)),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "franchise_mail",
                "indexes": [
                    models.Index(
                        fields=["promised_at"],
                        condition=models.Q(state="promised"),
                        name="franchise_mail_waiting",
                    ),
                    models.Index(fields=["key"], name="franchise_mail_by_key"),
                    models.Index(fields=["to", "-id"], name="franchise_mail_by_address"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "to", "key"), name="franchise_mail_once_per_event"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(to=Lower("to")), name="franchise_mail_address_in_lower_case"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(state__in=["promised", "sent", "failed", "suppressed"]),
                        name="franchise_mail_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(state="sent", sent_at__isnull=False)
                        | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
                        name="franchise_mail_sent_has_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(state="promised") | models.Q(secrets={}),
                        name="franchise_mail_keeps_no_secret",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MailSuppression",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(help_text="lower case", max_length=254, unique=True)),
                (
                    "mail",
                    models.ForeignKey(
                        null=True,
                        on_delete=models.deletion.SET_NULL,
                        related_name="+",
                        to="franchise.mail",
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "franchise_mail_suppression"},
        ),
    ]
