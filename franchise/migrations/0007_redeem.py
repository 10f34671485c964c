import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("franchise", "0006_vouchers")]

    operations = [
        migrations.CreateModel(
            name="Description",
            fields=[
                ("voucher", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="words", serialize=False, to="franchise.vouchercode")),
                ("text", models.CharField(max_length=200)),
            ],
            options={"db_table": "franchise_voucher_description"},
        ),
    ]
