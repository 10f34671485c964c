from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("franchise", "0010_inbox"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("page", models.CharField(help_text="name of the list's address", max_length=60)),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(help_text="as in the address, without the page's key", max_length=1000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "franchise_saved_filter",
                "constraints": [
                    models.UniqueConstraint(fields=("person", "page", "name"), name="franchise_saved_filter_name"),
                    models.CheckConstraint(
                        condition=~models.Q(name="") & ~models.Q(query=""),
                        name="franchise_saved_filter_says_something",
                    ),
                ],
            },
        ),
    ]
