from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("franchise", "0012_applications")]

    operations = []
