from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("franchise", "0013_site")]

    operations = []
