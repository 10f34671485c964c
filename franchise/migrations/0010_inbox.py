from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("franchise", "0009_billing")]

    operations = []
