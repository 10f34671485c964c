import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('franchise', '0012_applications'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Brand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, default='', max_length=60)),
                ('sender', models.CharField(blank=True, default='', help_text='of mails', max_length=60)),
                ('accent', models.CharField(blank=True, default='', help_text='#rrggbb, on white', max_length=7)),
                ('accent_dark', models.CharField(blank=True, default='', help_text='made from it', max_length=7)),
                ('languages', models.JSONField(db_default=[], default=list, help_text='that are offered, the first before anybody chose')),
                ('logo', models.BinaryField(blank=True, help_text='a PNG', null=True)),
                ('logo_hash', models.CharField(blank=True, default='', max_length=16)),
                ('changed_by', models.CharField(blank=True, default='', max_length=254)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'franchise_brand',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='franchise_brand_is_one'), models.CheckConstraint(condition=models.Q(models.Q(('accent', ''), ('accent_dark', '')), models.Q(('accent__regex', '^#[0-9a-f]{6}$'), ('accent_dark__regex', '^#[0-9a-f]{6}$')), _connector='OR'), name='franchise_brand_accent')],
            },
        ),
        migrations.CreateModel(
            name='Cart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plan', models.CharField(blank=True, default='', max_length=40)),
                ('units', models.PositiveIntegerField(blank=True, help_text='of a metered plan', null=True)),
                ('apps', models.JSONField(db_default=[], default=list)),
                ('addons', models.JSONField(db_default=[], default=list)),
                ('bundle', models.CharField(blank=True, default='', max_length=40)),
                ('name', models.CharField(blank=True, default='', help_text='of the Organization', max_length=120)),
                ('slug', models.CharField(blank=True, default='', max_length=30)),
                ('key', models.UUIDField(default=uuid.uuid4, help_text='of the order it becomes, once')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('order', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='cart', to='franchise.order')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'franchise_cart',
                'indexes': [models.Index(fields=['changed_at'], name='franchise_cart_changed')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('order__isnull', True), ('user__isnull', False)), fields=('user',), name='franchise_cart_one_open')],
            },
        ),
    ]
