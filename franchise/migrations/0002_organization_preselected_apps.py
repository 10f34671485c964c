from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('franchise', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='organization',
            name='preselected_apps',
            field=models.JSONField(db_default=[], default=list, help_text='ids of Apps it finds chosen; nothing is installed'),
        ),
    ]
