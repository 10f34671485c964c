from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("franchise", "0002_organization_preselected_apps")]

    operations = []
