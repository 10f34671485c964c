"""Orders, subscriptions, invoices, taxes and settings of billing.

Invoices, credit notes, movements of revenue and events of orders are only ever added: a trigger
refuses the rest. Reversible; every table is new.
"""

import datetime

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

TABLES = (
    "franchise_invoice", "franchise_credit_note", "franchise_revenue_movement",
    "franchise_order_event",
)
NEVER_CHANGED = """
    CREATE FUNCTION franchise_billing_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$;
""" + "".join(
    f"""
    CREATE TRIGGER {table}_never_changed BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION franchise_billing_never_changed();
""" for table in TABLES
)
CHANGED_AGAIN = "".join(
    f"DROP TRIGGER {table}_never_changed ON {table};\n" for table in TABLES
) + "DROP FUNCTION franchise_billing_never_changed();"


def first_settings(apps, schema_editor):
    """The one row, and Oman's VAT (Royal Decree 121/2020: 5 % from 16 April 2021)."""
    apps.get_model("franchise", "BillingSettings").objects.create(pk=1, retry_days=[1, 3, 7])
    apps.get_model("franchise", "TaxRate").objects.create(
        country="OM", name="VAT", basis_points=500, valid_from=datetime.date(2021, 4, 16)
    )


class Migration(migrations.Migration):

    dependencies = [("franchise", "0008_mails")]

    operations = [
        migrations.CreateModel(
            name='BillingSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(choices=[('stripe-api-key', 'Api Key'), ('stripe-webhook', 'Webhook')], max_length=30, unique=True)),
                ('reference', models.UUIDField(help_text='in the vault')),
                ('last4', models.CharField(max_length=4)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.CharField(max_length=254)),
            ],
            options={
                'db_table': 'franchise_billing_secret',
            },
        ),
        migrations.CreateModel(
            name='BillingSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seller_name', models.CharField(blank=True, db_default='', max_length=120)),
                ('seller_address', models.TextField(blank=True, db_default='', max_length=500)),
                ('seller_tax_number', models.CharField(blank=True, db_default='', max_length=40)),
                ('country', models.CharField(db_default='OM', default='OM', max_length=2)),
                ('currency', models.CharField(db_default='OMR', default='OMR', max_length=3)),
                ('prices_include_tax', models.BooleanField(db_default=True, default=True)),
                ('series_prefix', models.CharField(db_default='INV', default='INV', max_length=10)),
                ('retry_days', models.JSONField(default=list, help_text='days after the end of a period')),
                ('publishable_key', models.CharField(blank=True, db_default='', max_length=255)),
                ('changed_at', models.DateTimeField(null=True)),
                ('changed_by', models.CharField(blank=True, db_default='', max_length=254)),
            ],
            options={
                'db_table': 'franchise_billing_settings',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='franchise_billing_settings_are_one')],
            },
        ),
        migrations.CreateModel(
            name='NumberSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(max_length=20)),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField(default=0)),
            ],
            options={
                'db_table': 'franchise_number_series',
                'constraints': [models.UniqueConstraint(fields=('series', 'year'), name='franchise_number_series_once')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(help_text='what people and Stripe read', max_length=20, unique=True)),
                ('purpose', models.CharField(choices=[('purchase', 'Purchase'), ('renewal', 'Renewal')], db_default='purchase', default='purchase', max_length=8)),
                ('placed_by', models.CharField(max_length=254)),
                ('email', models.EmailField(help_text='whom invoices and reminders are sent to', max_length=254)),
                ('currency', models.CharField(max_length=3)),
                ('net_minor', models.BigIntegerField()),
                ('tax_minor', models.BigIntegerField()),
                ('total_minor', models.BigIntegerField()),
                ('credit_minor', models.BigIntegerField(default=0)),
                ('card_minor', models.BigIntegerField(default=0)),
                ('rounding_minor', models.BigIntegerField(default=0, help_text='not asked for: our expense')),
                ('refunded_credit_minor', models.BigIntegerField(default=0)),
                ('refunded_card_minor', models.BigIntegerField(default=0)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('awaiting_payment', 'Awaiting payment'), ('paid', 'Paid'), ('cancelled', 'Cancelled'), ('failed', 'Failed'), ('partly_refunded', 'Partly refunded'), ('refunded', 'Refunded'), ('disputed', 'Disputed')], default='draft', max_length=16)),
                ('quote', models.JSONField(help_text="what was offered, with the ids of the catalog's versions")),
                ('fingerprint', models.CharField(help_text='of the offer that was accepted', max_length=64)),
                ('idempotency_key', models.CharField(max_length=120)),
                ('hold_source', models.CharField(blank=True, help_text="of the credit's hold", max_length=120)),
                ('campaign', models.CharField(blank=True, max_length=200)),
                ('payment_reference', models.CharField(blank=True, help_text="the provider's", max_length=255)),
                ('checkout_reference', models.CharField(blank=True, max_length=255)),
                ('checkout_url', models.TextField(blank=True)),
                ('expires_at', models.DateTimeField(help_text='an unpaid one is cancelled then', null=True)),
                ('paid_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='franchise.organization')),
            ],
            options={
                'db_table': 'franchise_order',
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(max_length=20)),
                ('year', models.PositiveSmallIntegerField()),
                ('sequence', models.PositiveIntegerField()),
                ('number', models.CharField(max_length=40, unique=True)),
                ('currency', models.CharField(max_length=3)),
                ('total_minor', models.BigIntegerField()),
                ('tax_minor', models.BigIntegerField()),
                ('snapshot', models.JSONField()),
                ('issued_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='franchise.organization')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='invoice', to='franchise.order')),
            ],
            options={
                'db_table': 'franchise_invoice',
            },
        ),
        migrations.CreateModel(
            name='OrderEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('facts', models.JSONField(default=dict)),
                ('actor', models.CharField(max_length=254)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='franchise.order')),
            ],
            options={
                'db_table': 'franchise_order_event',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='OrderLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(max_length=20)),
                ('slug', models.CharField(max_length=80)),
                ('name', models.CharField(max_length=200)),
                ('name_ar', models.CharField(blank=True, db_default='', max_length=200)),
                ('quantity', models.PositiveIntegerField(default=1)),
                ('unit_minor', models.BigIntegerField()),
                ('total_minor', models.BigIntegerField(help_text="a discount's is negative")),
                ('catalog_version', models.BigIntegerField(null=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='franchise.order')),
            ],
            options={
                'db_table': 'franchise_order_line',
                'ordering': ('position',),
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('card_minor', models.BigIntegerField()),
                ('credit_minor', models.BigIntegerField()),
                ('state', models.CharField(choices=[('promised', 'On its way'), ('done', 'Given back')], max_length=8)),
                ('reason', models.CharField(max_length=300)),
                ('actor', models.CharField(max_length=254)),
                ('reference', models.CharField(blank=True, help_text="the provider's", max_length=255)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='franchise.order')),
            ],
            options={
                'db_table': 'franchise_refund',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='CreditNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(max_length=20)),
                ('year', models.PositiveSmallIntegerField()),
                ('sequence', models.PositiveIntegerField()),
                ('number', models.CharField(max_length=40, unique=True)),
                ('currency', models.CharField(max_length=3)),
                ('total_minor', models.BigIntegerField()),
                ('tax_minor', models.BigIntegerField()),
                ('snapshot', models.JSONField()),
                ('issued_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='franchise.organization')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='franchise.invoice')),
                ('refund', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='credit_note', to='franchise.refund')),
            ],
            options={
                'db_table': 'franchise_credit_note',
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plan', models.CharField(help_text='slug', max_length=80)),
                ('plan_name', models.CharField(max_length=200)),
                ('plan_version', models.BigIntegerField(help_text="the catalog's", null=True)),
                ('currency', models.CharField(max_length=3)),
                ('monthly_minor', models.BigIntegerField()),
                ('snapshot', models.JSONField(help_text='lines as bought: every month costs the same')),
                ('email', models.EmailField(max_length=254)),
                ('state', models.CharField(choices=[('active', 'Active'), ('past_due', 'Past due'), ('suspended', 'Suspended'), ('cancelled', 'Cancelled')], default='active', max_length=9)),
                ('paid_by', models.CharField(choices=[('credit', 'Credit'), ('card', 'Card')], max_length=6)),
                ('anchor_day', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)])),
                ('period_start', models.DateTimeField()),
                ('period_end', models.DateTimeField(db_index=True)),
                ('ends_with_period', models.BooleanField(default=False)),
                ('attempts', models.PositiveSmallIntegerField(default=0, help_text='failed ones, this period')),
                ('retry_at', models.DateTimeField(db_index=True, null=True)),
                ('started_at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='franchise.organization')),
            ],
            options={
                'db_table': 'franchise_subscription',
            },
        ),
        migrations.AddField(
            model_name='order',
            name='subscription',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='franchise.subscription'),
        ),
        migrations.CreateModel(
            name='Movement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('new', 'New'), ('churned', 'Churned'), ('returned', 'Returned'), ('shifted', 'Paid another way')], max_length=8)),
                ('paid_by', models.CharField(max_length=6)),
                ('currency', models.CharField(max_length=3)),
                ('amount_minor', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='franchise.subscription')),
            ],
            options={
                'db_table': 'franchise_revenue_movement',
            },
        ),
        migrations.CreateModel(
            name='TaxRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(help_text='ISO 3166-1 alpha-2', max_length=2)),
                ('name', models.CharField(max_length=40)),
                ('basis_points', models.PositiveIntegerField()),
                ('valid_from', models.DateField()),
            ],
            options={
                'db_table': 'franchise_tax_rate',
                'constraints': [models.UniqueConstraint(fields=('country', 'valid_from'), name='franchise_tax_rate_once_a_day'), models.CheckConstraint(condition=models.Q(('basis_points__lte', 10000)), name='franchise_tax_rate_is_one'), models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='franchise_tax_rate_country')],
            },
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('series', 'year', 'sequence'), name='franchise_invoice_number'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('tax_minor__gte', 0), ('tax_minor__lte', models.F('total_minor'))), name='franchise_invoice_tax_within'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.UniqueConstraint(fields=('order', 'position'), name='franchise_order_line_position'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('card_minor__gte', 0), ('credit_minor__gte', 0), models.Q(('card_minor__gt', 0), ('credit_minor__gt', 0), _connector='OR')), name='franchise_refund_is_something'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.UniqueConstraint(fields=('series', 'year', 'sequence'), name='franchise_credit_note_number'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.CheckConstraint(condition=models.Q(('total_minor__gt', 0)), name='franchise_credit_note_is_something'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('period_end__gt', models.F('period_start'))), name='franchise_subscription_period_goes_on'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['active', 'past_due', 'suspended', 'cancelled'])), name='franchise_subscription_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('anchor_day__range', (1, 31))), name='franchise_subscription_anchor'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state', 'cancelled')), models.Q(models.Q(('state', 'cancelled'), _negated=True), ('ended_at__isnull', True)), _connector='OR'), name='franchise_subscription_end_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('monthly_minor__gte', 0)), name='franchise_subscription_costs'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['state', 'expires_at'], name='franchise_order_due'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['organization', '-id'], name='franchise_order_of'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('organization', 'idempotency_key'), name='franchise_order_once_per_key'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(condition=models.Q(('payment_reference', ''), _negated=True), fields=('payment_reference',), name='franchise_order_one_per_payment'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('total_minor', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('credit_minor'), '+', models.F('card_minor')), '+', models.F('rounding_minor'))), ('total_minor', django.db.models.expressions.CombinedExpression(models.F('net_minor'), '+', models.F('tax_minor')))), name='franchise_order_parts_are_the_total'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('card_minor__gte', 0), ('credit_minor__gte', 0), ('net_minor__gte', 0), ('rounding_minor__gte', 0), ('rounding_minor__lt', 10), ('tax_minor__gte', 0)), name='franchise_order_nothing_negative'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('refunded_card_minor__gte', 0), ('refunded_card_minor__lte', models.F('card_minor')), ('refunded_credit_minor__gte', 0), ('refunded_credit_minor__lte', models.F('credit_minor'))), name='franchise_order_refunds_within'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'awaiting_payment', 'paid', 'cancelled', 'failed', 'partly_refunded', 'refunded', 'disputed'])), name='franchise_order_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('paid_at__isnull', False), ('state__in', ('draft', 'awaiting_payment', 'cancelled', 'failed')), _connector='OR'), name='franchise_order_paid_has_a_time'),
        ),
        migrations.AddIndex(
            model_name='movement',
            index=models.Index(fields=['currency', 'at'], name='franchise_movement_when'),
        ),
        migrations.AddConstraint(
            model_name='movement',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'new')), fields=('subscription',), name='franchise_movement_new_once'),
        ),
        migrations.RunSQL(sql=NEVER_CHANGED, reverse_sql=CHANGED_AGAIN),
        migrations.RunPython(first_settings, migrations.RunPython.noop),
    ]
