"""Who runs a Sovereign, and whose draft was told about its end."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sovereign_wizard', '0002_phase_vault_away'),
    ]

    operations = [
        migrations.AddField(
            model_name='deployment',
            name='profile',
            field=models.JSONField(default=dict, help_text='headquarters, industry, headcount, compliance: profile.Profile'),
        ),
        migrations.AddField(
            model_name='draft',
            name='told_at',
            field=models.DateTimeField(help_text='its owner was told that it is thrown away soon', null=True),
        ),
    ]
