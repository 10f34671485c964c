from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalyst', '0007_vault_values_in_openbao'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='language',
            field=models.CharField(blank=True, default='', help_text='chosen in the top bar; empty: never', max_length=10),
        ),
    ]
