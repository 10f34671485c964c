from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("franchise", "0006_vouchers")]

    operations = []
