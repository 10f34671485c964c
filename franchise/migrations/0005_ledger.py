"""The ledger. The book refuses UPDATE and DELETE, and a transaction that does not sum to zero; what
was redeemed before there was a ledger is in it as promotional grants that do not end."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION franchise_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER franchise_ledger_transaction_append_only
  BEFORE UPDATE OR DELETE ON franchise_ledger_transaction
  FOR EACH ROW EXECUTE FUNCTION franchise_ledger_is_append_only();
CREATE TRIGGER franchise_ledger_entry_append_only
  BEFORE UPDATE OR DELETE ON franchise_ledger_entry
  FOR EACH ROW EXECUTE FUNCTION franchise_ledger_is_append_only();

-- One look at the end of the transaction that writes: each new entry, so that none can be added to
-- an old transaction; each new transaction, so that none is empty.
CREATE FUNCTION franchise_ledger_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  it bigint;
BEGIN
  IF TG_TABLE_NAME = 'franchise_ledger_entry' THEN it := NEW.transaction_id; ELSE it := NEW.id; END IF;
  IF NOT EXISTS (SELECT 1 FROM franchise_ledger_entry WHERE transaction_id = it) THEN
    RAISE EXCEPTION 'ledger transaction % has no entries', it USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (
    SELECT 1 FROM franchise_ledger_entry e JOIN franchise_ledger_account a ON a.id = e.account_id
    WHERE e.transaction_id = it GROUP BY a.currency HAVING sum(e.amount_minor) <> 0
  ) THEN
    RAISE EXCEPTION 'ledger transaction % does not sum to zero', it USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER franchise_ledger_entry_sums_to_zero AFTER INSERT ON franchise_ledger_entry
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION franchise_ledger_sums_to_zero();
CREATE CONSTRAINT TRIGGER franchise_ledger_transaction_sums_to_zero
  AFTER INSERT ON franchise_ledger_transaction DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION franchise_ledger_sums_to_zero();
"""
BACKWARD = """
DROP TRIGGER franchise_ledger_transaction_sums_to_zero ON franchise_ledger_transaction;
DROP TRIGGER franchise_ledger_entry_sums_to_zero ON franchise_ledger_entry;
DROP FUNCTION franchise_ledger_sums_to_zero();
DROP TRIGGER franchise_ledger_entry_append_only ON franchise_ledger_entry;
DROP TRIGGER franchise_ledger_transaction_append_only ON franchise_ledger_transaction;
DROP FUNCTION franchise_ledger_is_append_only();
"""

# `redemption:<id>`, as a redemption names its grant from now on.
BACK_FILL = """
INSERT INTO franchise_ledger_account (organization_id, kind, currency, balance_minor)
  SELECT organization_id, side.kind, currency, side.sign * sum(amount_minor)
  FROM franchise_redemption, (VALUES ('credit', 1), ('promotion', -1)) AS side (kind, sign)
  GROUP BY organization_id, side.kind, side.sign, currency;
INSERT INTO franchise_grant (organization_id, currency, amount_minor, remaining_minor, held_minor,
                             category, priority, source, campaign, created_at)
  SELECT organization_id, currency, amount_minor, amount_minor, 0,
         'promotional', 50, 'redemption:' || id, '', created_at
  FROM franchise_redemption ORDER BY id;
INSERT INTO franchise_ledger_transaction (organization_id, kind, source, actor, memo, "order",
                                          campaign, created_at)
  SELECT organization_id, 'grant', 'redemption:' || id, 'system:migration', '', '', '', created_at
  FROM franchise_redemption ORDER BY id;
INSERT INTO franchise_ledger_entry (transaction_id, account_id, grant_id, amount_minor)
  SELECT t.id, a.id, g.id, side.sign * g.amount_minor
  FROM franchise_grant g
  JOIN franchise_ledger_transaction t ON t.source = g.source AND t.kind = 'grant'
  CROSS JOIN (VALUES ('credit', 1), ('promotion', -1)) AS side (kind, sign)
  JOIN franchise_ledger_account a ON a.organization_id = g.organization_id
    AND a.currency = g.currency AND a.kind = side.kind
  ORDER BY t.id, side.sign;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('franchise', '0004_catalog'),
    ]

    operations = [
        migrations.CreateModel(
            name='LedgerCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('ran_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('transactions', models.BigIntegerField()),
                ('problems', models.JSONField(default=list)),
            ],
            options={
                'db_table': 'franchise_ledger_check',
            },
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3)),
                ('amount_minor', models.BigIntegerField()),
                ('remaining_minor', models.BigIntegerField()),
                ('held_minor', models.BigIntegerField(default=0)),
                ('category', models.CharField(choices=[('promotional', 'Promotional'), ('paid', 'Paid'), ('goodwill', 'Goodwill')], max_length=12)),
                ('priority', models.PositiveSmallIntegerField(default=50)),
                ('expires_at', models.DateTimeField(null=True)),
                ('source', models.CharField(max_length=120, unique=True)),
                ('campaign', models.CharField(blank=True, max_length=120)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='franchise.organization')),
            ],
            options={
                'db_table': 'franchise_grant',
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=120, unique=True)),
                ('currency', models.CharField(max_length=3)),
                ('amount_minor', models.BigIntegerField()),
                ('state', models.CharField(choices=[('held', 'Held'), ('committed', 'Committed'), ('released', 'Released')], default='held', max_length=9)),
                ('expires_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='franchise.organization')),
            ],
            options={
                'db_table': 'franchise_hold',
            },
        ),
        migrations.CreateModel(
            name='HoldPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_minor', models.BigIntegerField()),
                ('refunded_minor', models.BigIntegerField(default=0)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='franchise.grant')),
                ('hold', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='franchise.hold')),
            ],
            options={
                'db_table': 'franchise_hold_part',
            },
        ),
        migrations.CreateModel(
            name='LedgerAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('credit', 'Credit'), ('held', 'Reserved credit'), ('promotion', 'Promotional credit given'), ('prepaid', 'Credit paid for'), ('goodwill', 'Goodwill given'), ('lapsed', 'Credit that lapsed'), ('sales', 'Sales at face value'), ('card', 'Card payments'), ('rounding', "Rounding in the customer's favour"), ('wholesale', 'Wholesale cost'), ('franchisor', 'Owed to the franchisor')], max_length=12)),
                ('currency', models.CharField(max_length=3)),
                ('balance_minor', models.BigIntegerField(default=0)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='franchise.organization')),
            ],
            options={
                'db_table': 'franchise_ledger_account',
            },
        ),
        migrations.CreateModel(
            name='LedgerTransaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('grant', 'Credit given'), ('adjust', 'Adjustment'), ('reserve', 'Credit reserved'), ('commit', 'Credit spent'), ('release', 'Reservation released'), ('refund', 'Credit given back'), ('expire', 'Credit lapsed'), ('card-payment', 'Card payment'), ('card-refund', 'Card refund'), ('chargeback', 'Chargeback'), ('chargeback-won', 'Chargeback won')], max_length=16)),
                ('source', models.CharField(max_length=120)),
                ('actor', models.CharField(max_length=254)),
                ('memo', models.CharField(blank=True, max_length=300)),
                ('order', models.CharField(blank=True, max_length=80)),
                ('campaign', models.CharField(blank=True, max_length=120)),
                ('share', models.PositiveIntegerField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='franchise.organization')),
                ('reverses', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='franchise.ledgertransaction')),
            ],
            options={
                'db_table': 'franchise_ledger_transaction',
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_minor', models.BigIntegerField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='franchise.ledgeraccount')),
                ('grant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='franchise.grant')),
                ('transaction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='franchise.ledgertransaction')),
            ],
            options={
                'db_table': 'franchise_ledger_entry',
            },
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(condition=models.Q(('remaining_minor__gt', 0)), fields=['organization', 'currency'], name='franchise_grant_usable'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), ('remaining_minor__gt', 0)), fields=['expires_at'], name='franchise_grant_ends'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('held_minor__gte', 0), ('remaining_minor__gte', 0), ('amount_minor__gte', django.db.models.expressions.CombinedExpression(models.F('remaining_minor'), '+', models.F('held_minor')))), name='franchise_grant_within_its_amount'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('category__in', ['promotional', 'paid', 'goodwill'])), name='franchise_grant_category'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['expires_at'], name='franchise_hold_overdue'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='franchise_hold_of_something'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['held', 'committed', 'released'])), name='franchise_hold_state'),
        ),
        migrations.AddConstraint(
            model_name='holdpart',
            constraint=models.UniqueConstraint(fields=('hold', 'grant'), name='franchise_hold_part_once'),
        ),
        migrations.AddConstraint(
            model_name='holdpart',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('refunded_minor__gte', 0), ('refunded_minor__lte', models.F('amount_minor'))), name='franchise_hold_part_within_its_amount'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.UniqueConstraint(fields=('organization', 'kind', 'currency'), name='franchise_ledger_account_once'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('credit', 'held')), _negated=True), ('balance_minor__gte', 0), _connector='OR'), name='franchise_ledger_credit_not_below_zero'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['credit', 'held', 'promotion', 'prepaid', 'goodwill', 'lapsed', 'sales', 'card', 'rounding', 'wholesale', 'franchisor'])), name='franchise_ledger_account_kind'),
        ),
        migrations.AddIndex(
            model_name='ledgertransaction',
            index=models.Index(fields=['organization', '-id'], name='franchise_ledger_organization'),
        ),
        migrations.AddIndex(
            model_name='ledgertransaction',
            index=models.Index(fields=['kind', '-id'], name='franchise_ledger_kind'),
        ),
        migrations.AddIndex(
            model_name='ledgertransaction',
            index=models.Index(fields=['created_at'], name='franchise_ledger_created'),
        ),
        migrations.AddConstraint(
            model_name='ledgertransaction',
            constraint=models.UniqueConstraint(fields=('kind', 'source'), name='franchise_ledger_source_happens_once'),
        ),
        migrations.AddConstraint(
            model_name='ledgertransaction',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['grant', 'adjust', 'reserve', 'commit', 'release', 'refund', 'expire', 'card-payment', 'card-refund', 'chargeback', 'chargeback-won'])), name='franchise_ledger_transaction_kind'),
        ),
        migrations.AddConstraint(
            model_name='ledgertransaction',
            constraint=models.CheckConstraint(condition=models.Q(('share__lte', 10000)), name='franchise_ledger_share_of_a_whole'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor', 0), _negated=True), name='franchise_ledger_entry_moves_something'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(BACK_FILL, migrations.RunSQL.noop),
    ]
