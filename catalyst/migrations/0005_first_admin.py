from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalyst', '0004_what_log_out_tokens_name'),
    ]

    operations = [
        migrations.CreateModel(
            name='FirstAdmin',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254)),
                ('code_until', models.DateTimeField(help_text='the one-time code counts until then at most')),
                ('subject', models.CharField(blank=True, help_text='theirs, once they are there', max_length=255)),
                ('made_at', models.DateTimeField(null=True)),
                ('code_ended_at', models.DateTimeField(help_text='nothing is left of the code', null=True)),
            ],
            options={
                'db_table': 'identity_first_admin',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='identity_first_admin_one')],
            },
        ),
    ]
