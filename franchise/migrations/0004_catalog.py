"""The catalog: what is sold, its prices, and every version of it. The first goods come with it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from franchise.catalog.seed.plant import plant

FORWARD = """
CREATE FUNCTION franchise_catalog_version_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'franchise_catalog_version is append-only'; END $$;
CREATE TRIGGER franchise_catalog_version_append_only
  BEFORE UPDATE OR DELETE ON franchise_catalog_version
  FOR EACH ROW EXECUTE FUNCTION franchise_catalog_version_is_append_only();
"""
BACKWARD = """
DROP TRIGGER franchise_catalog_version_append_only ON franchise_catalog_version;
DROP FUNCTION franchise_catalog_version_is_append_only();
"""


def fill(apps, schema_editor):
    """What Catalyst comes with; from here on the franchise's own people keep the catalog."""
    plant(lambda name: apps.get_model("franchise", name))


class Migration(migrations.Migration):

    dependencies = [("franchise", "0003_organizations")]

    operations = [
        migrations.CreateModel(
            name='CatalogVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('plan', 'Plan'), ('add-on', 'Add-on'), ('app', 'App'), ('bundle', 'Bundle'), ('industry', 'Industry')], max_length=10)),
                ('slug', models.CharField(max_length=40)),
                ('number', models.PositiveIntegerField(help_text='1, 2, 3 … of this thing')),
                ('facts', models.JSONField(help_text='all that the thing said, with its prices')),
                ('created_by', models.CharField(max_length=254)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'franchise_catalog_version',
                'constraints': [models.UniqueConstraint(fields=('kind', 'slug', 'number'), name='franchise_catalog_version_once'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='franchise_catalog_version_counts_from_one')],
            },
        ),
        migrations.CreateModel(
            name='AddOn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('name_ar', models.CharField(blank=True, default='', max_length=80)),
                ('summary', models.CharField(blank=True, default='', max_length=240)),
                ('summary_ar', models.CharField(blank=True, default='', max_length=240)),
                ('sort', models.PositiveIntegerField(default=100, help_text='the smaller, the earlier')),
                ('active', models.BooleanField(default=True, help_text='may be bought')),
                ('category', models.CharField(blank=True, default='', max_length=40)),
                ('included', models.BooleanField(default=False)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='franchise.catalogversion')),
            ],
            options={
                'db_table': 'franchise_add_on',
                'ordering': ('sort', 'slug'),
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('name_ar', models.CharField(blank=True, default='', max_length=80)),
                ('summary', models.CharField(blank=True, default='', max_length=240)),
                ('summary_ar', models.CharField(blank=True, default='', max_length=240)),
                ('sort', models.PositiveIntegerField(default=100, help_text='the smaller, the earlier')),
                ('active', models.BooleanField(default=True, help_text='may be bought')),
                ('kind', models.CharField(choices=[('application', 'Application'), ('service', 'Backing service'), ('platform', 'Platform')], default='application', max_length=11)),
                ('category', models.CharField(blank=True, default='', max_length=40)),
                ('listed', models.BooleanField(default=True, help_text='shown in the grid')),
                ('coming_soon', models.BooleanField(default=False, help_text='shown, not to be bought yet')),
                ('included', models.BooleanField(default=False)),
                ('shareable', models.BooleanField(default=False, help_text='one copy serves several Apps')),
                ('memory_mb', models.PositiveIntegerField()),
                ('cpu_milli', models.PositiveIntegerField(help_text='thousandths of a core')),
                ('disk_gb', models.PositiveIntegerField()),
                ('depends', models.JSONField(blank=True, null=True)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='franchise.catalogversion')),
            ],
            options={
                'db_table': 'franchise_offer',
                'ordering': ('sort', 'slug'),
            },
        ),
        migrations.CreateModel(
            name='Industry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('name_ar', models.CharField(blank=True, default='', max_length=80)),
                ('summary', models.CharField(blank=True, default='', max_length=240)),
                ('summary_ar', models.CharField(blank=True, default='', max_length=240)),
                ('sort', models.PositiveIntegerField(default=100, help_text='the smaller, the earlier')),
                ('active', models.BooleanField(default=True, help_text='may be bought')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='franchise.catalogversion')),
                ('apps', models.ManyToManyField(db_table='franchise_industry_app', related_name='industries', to='franchise.offer')),
            ],
            options={
                'db_table': 'franchise_industry',
                'ordering': ('sort', 'slug'),
            },
        ),
        migrations.CreateModel(
            name='OfferPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(choices=[('OMR', 'OMR'), ('AED', 'AED'), ('BHD', 'BHD'), ('EUR', 'EUR'), ('KWD', 'KWD'), ('QAR', 'QAR'), ('SAR', 'SAR'), ('USD', 'USD')], max_length=3)),
                ('minor', models.BigIntegerField(blank=True, null=True)),
                ('valid_from', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('thing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='franchise.offer')),
            ],
            options={
                'db_table': 'franchise_offer_price',
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('name_ar', models.CharField(blank=True, default='', max_length=80)),
                ('summary', models.CharField(blank=True, default='', max_length=240)),
                ('summary_ar', models.CharField(blank=True, default='', max_length=240)),
                ('sort', models.PositiveIntegerField(default=100, help_text='the smaller, the earlier')),
                ('active', models.BooleanField(default=True, help_text='may be bought')),
                ('kind', models.CharField(choices=[('fixed', 'Fixed'), ('metered', 'Metered')], default='fixed', max_length=8)),
                ('vcpu', models.PositiveIntegerField()),
                ('memory_mb', models.PositiveIntegerField()),
                ('disk_gb', models.PositiveIntegerField(help_text='0 for a metered one: as much as is needed')),
                ('most_units', models.PositiveIntegerField(blank=True, help_text='of a metered one: how many units one may buy', null=True)),
                ('popular', models.BooleanField(default=False)),
                ('features', models.JSONField(default=list, help_text='[{"en": …, "ar": …}]')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='franchise.catalogversion')),
            ],
            options={
                'db_table': 'franchise_plan',
                'ordering': ('sort', 'slug'),
            },
        ),
        migrations.CreateModel(
            name='Bundle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('name_ar', models.CharField(blank=True, default='', max_length=80)),
                ('summary', models.CharField(blank=True, default='', max_length=240)),
                ('summary_ar', models.CharField(blank=True, default='', max_length=240)),
                ('sort', models.PositiveIntegerField(default=100, help_text='the smaller, the earlier')),
                ('active', models.BooleanField(default=True, help_text='may be bought')),
                ('discount_bp', models.PositiveIntegerField(help_text='basis points: 1000 are 10 %')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='franchise.catalogversion')),
                ('apps', models.ManyToManyField(db_table='franchise_bundle_app', related_name='bundles', to='franchise.offer')),
                ('recommended_plan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bundles', to='franchise.plan')),
            ],
            options={
                'db_table': 'franchise_bundle',
                'ordering': ('sort', 'slug'),
            },
        ),
        migrations.CreateModel(
            name='PlanPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(choices=[('OMR', 'OMR'), ('AED', 'AED'), ('BHD', 'BHD'), ('EUR', 'EUR'), ('KWD', 'KWD'), ('QAR', 'QAR'), ('SAR', 'SAR'), ('USD', 'USD')], max_length=3)),
                ('minor', models.BigIntegerField(blank=True, null=True)),
                ('valid_from', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('thing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='franchise.plan')),
            ],
            options={
                'db_table': 'franchise_plan_price',
            },
        ),
        migrations.CreateModel(
            name='AddOnPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(choices=[('OMR', 'OMR'), ('AED', 'AED'), ('BHD', 'BHD'), ('EUR', 'EUR'), ('KWD', 'KWD'), ('QAR', 'QAR'), ('SAR', 'SAR'), ('USD', 'USD')], max_length=3)),
                ('minor', models.BigIntegerField(blank=True, null=True)),
                ('valid_from', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('thing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='franchise.addon')),
            ],
            options={
                'db_table': 'franchise_add_on_price',
                'indexes': [models.Index(models.F('thing'), models.F('currency'), models.OrderBy(models.F('valid_from'), descending=True), models.OrderBy(models.F('id'), descending=True), name='franchise_add_on_price_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('minor__isnull', True), models.Q(('minor__gt', 0), ('minor__lte', 1000000000000)), _connector='OR'), name='franchise_add_on_price_is_never_zero'), models.CheckConstraint(condition=models.Q(('currency__in', ('OMR', 'AED', 'BHD', 'EUR', 'KWD', 'QAR', 'SAR', 'USD'))), name='franchise_add_on_price_has_a_currency')],
            },
        ),
        migrations.AddConstraint(
            model_name='addon',
            constraint=models.CheckConstraint(condition=models.Q(('slug__regex', '^[a-z0-9]+(?:-[a-z0-9]+)*$')), name='franchise_add_on_slug_is_plain'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('slug__regex', '^[a-z0-9]+(?:-[a-z0-9]+)*$')), name='franchise_offer_slug_is_plain'),
        ),
        migrations.AddConstraint(
            model_name='industry',
            constraint=models.CheckConstraint(condition=models.Q(('slug__regex', '^[a-z0-9]+(?:-[a-z0-9]+)*$')), name='franchise_industry_slug_is_plain'),
        ),
        migrations.AddIndex(
            model_name='offerprice',
            index=models.Index(models.F('thing'), models.F('currency'), models.OrderBy(models.F('valid_from'), descending=True), models.OrderBy(models.F('id'), descending=True), name='franchise_offer_price_newest'),
        ),
        migrations.AddConstraint(
            model_name='offerprice',
            constraint=models.CheckConstraint(condition=models.Q(('minor__isnull', True), models.Q(('minor__gt', 0), ('minor__lte', 1000000000000)), _connector='OR'), name='franchise_offer_price_is_never_zero'),
        ),
        migrations.AddConstraint(
            model_name='offerprice',
            constraint=models.CheckConstraint(condition=models.Q(('currency__in', ('OMR', 'AED', 'BHD', 'EUR', 'KWD', 'QAR', 'SAR', 'USD'))), name='franchise_offer_price_has_a_currency'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('slug__regex', '^[a-z0-9]+(?:-[a-z0-9]+)*$')), name='franchise_plan_slug_is_plain'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('memory_mb__gt', 0), ('vcpu__gt', 0), models.Q(models.Q(('disk_gb__gt', 0), ('kind', 'fixed'), ('most_units__isnull', True)), models.Q(('kind', 'metered'), ('most_units__gt', 0), ('most_units__isnull', False), ('most_units__lte', 100000)), _connector='OR')), name='franchise_plan_has_a_size'),
        ),
        migrations.AddConstraint(
            model_name='bundle',
            constraint=models.CheckConstraint(condition=models.Q(('slug__regex', '^[a-z0-9]+(?:-[a-z0-9]+)*$')), name='franchise_bundle_slug_is_plain'),
        ),
        migrations.AddConstraint(
            model_name='bundle',
            constraint=models.CheckConstraint(condition=models.Q(('discount_bp__gt', 0), ('discount_bp__lt', 10000)), name='franchise_bundle_is_never_free'),
        ),
        migrations.AddIndex(
            model_name='planprice',
            index=models.Index(models.F('thing'), models.F('currency'), models.OrderBy(models.F('valid_from'), descending=True), models.OrderBy(models.F('id'), descending=True), name='franchise_plan_price_newest'),
        ),
        migrations.AddConstraint(
            model_name='planprice',
            constraint=models.CheckConstraint(condition=models.Q(('minor__isnull', True), models.Q(('minor__gt', 0), ('minor__lte', 1000000000000)), _connector='OR'), name='franchise_plan_price_is_never_zero'),
        ),
        migrations.AddConstraint(
            model_name='planprice',
            constraint=models.CheckConstraint(condition=models.Q(('currency__in', ('OMR', 'AED', 'BHD', 'EUR', 'KWD', 'QAR', 'SAR', 'USD'))), name='franchise_plan_price_has_a_currency'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
