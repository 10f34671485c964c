from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sovereign_wizard', '0003_wizard_seven_steps'),
    ]

    operations = [
        migrations.AddField(
            model_name='deployment',
            name='chosen_apps',
            field=models.JSONField(db_default=[], default=list, help_text='ids of Apps for its own catalogue'),
        ),
    ]
