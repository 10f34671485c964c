"""Campaigns: what was one flat code becomes a code in a campaign of its own, with the same rules."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now

from franchise.vouchers.people import domain_of, person_of

# The tables are new and empty: a code and its campaign start with the same number.
CAMPAIGNS = """
INSERT INTO franchise_campaign (
    id, name, currency, credit_minor, starts_at, ends_at, max_redemptions, per_organization,
    per_person, minimum_order_minor, plans, first_order_only, redeemed, spent_minor, status,
    revoked_because, created_by, created_at, version
)
SELECT id, CASE WHEN label = '' THEN '…' || last4 ELSE label END, currency, credit_minor,
    created_at, greatest(expires_at, created_at + interval '1 microsecond'), NULL, 1,
    1, 0, '[]', false, redeemed, redeemed * credit_minor, 'active', '', created_by, created_at, 1
FROM franchise_voucher_code;
UPDATE franchise_voucher_code SET campaign_id = id, expires_at = NULL;
UPDATE franchise_redemption SET campaign_id = voucher_id;
SELECT setval(
    pg_get_serial_sequence('franchise_campaign', 'id'), (SELECT max(id) FROM franchise_campaign)
) WHERE EXISTS (SELECT FROM franchise_campaign);
"""
FLAT = """
UPDATE franchise_voucher_code AS code
SET credit_minor = campaign.credit_minor, currency = campaign.currency,
    expires_at = coalesce(code.expires_at, campaign.ends_at, timestamptz '9999-12-31 00:00Z')
FROM franchise_campaign AS campaign WHERE campaign.id = code.campaign_id;
"""
# What is deferred is judged here, or the tables could not be changed any more.
JUDGE = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;"


def to_campaigns(apps, schema_editor):
    schema_editor.execute(CAMPAIGNS)
    _say_who(apps.get_model("franchise", "Redemption"))
    schema_editor.execute(JUDGE)


def to_flat_codes(apps, schema_editor):
    schema_editor.execute(FLAT)
    schema_editor.execute(JUDGE)


def _say_who(redemptions):
    """One mailbox may have redeemed twice before tags were seen through: that stays as it is."""
    seen = set()
    for row in redemptions.objects.order_by("id").iterator():
        row.person = person_of(row.email)
        row.domain = domain_of(row.person)
        row.once_per_person = (row.campaign_id, row.person) not in seen
        seen.add((row.campaign_id, row.person))
        row.save(update_fields=["person", "domain", "once_per_person"])


STATUSES = [("active", "Active"), ("paused", "Paused"), ("revoked", "Revoked")]
STATES = [("reserved", "Reserved"), ("committed", "Redeemed"), ("released", "Given back")]


def id_column():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def link(to, related_name=None, **options):
    options.setdefault("on_delete", django.db.models.deletion.PROTECT)
    return models.ForeignKey(to=to, related_name=related_name, **options)


class Migration(migrations.Migration):

    dependencies = [("franchise", "0005_ledger")]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", id_column()),
                ("name", models.CharField(max_length=80)),
                ("currency", models.CharField(max_length=3)),
                ("credit_minor", models.BigIntegerField(help_text="what one redemption gives")),
                ("starts_at", models.DateTimeField(db_default=Now())),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                ("max_redemptions", models.PositiveIntegerField(blank=True, null=True)),
                ("per_organization", models.PositiveIntegerField(default=1)),
                ("per_person", models.PositiveIntegerField(default=1)),
                ("per_email_domain", models.PositiveIntegerField(blank=True, null=True)),
                ("minimum_order_minor", models.BigIntegerField(default=0)),
                ("plans", models.JSONField(blank=True, default=list, help_text="slugs; empty: every plan")),
                ("first_order_only", models.BooleanField(default=False)),
                ("credit_expires_days", models.PositiveIntegerField(blank=True, null=True)),
                ("budget_minor", models.BigIntegerField(blank=True, null=True)),
                ("redeemed", models.PositiveIntegerField(default=0)),
                ("spent_minor", models.BigIntegerField(default=0)),
                ("status", models.CharField(choices=STATUSES, default="active", max_length=8)),
                ("revoked_because", models.CharField(blank=True, max_length=200)),
                ("created_by", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1, help_text="one more with every edit")),
            ],
            options={
                "db_table": "franchise_campaign",
                "constraints": [
                    models.CheckConstraint(
                        name="franchise_campaign_is_worth_something",
                        condition=Q(credit_minor__gt=0, minimum_order_minor__gte=0),
                    ),
                    models.CheckConstraint(
                        name="franchise_campaign_limits_allow_one",
                        condition=Q(per_organization__gt=0, per_person__gt=0)
                        & (Q(per_email_domain=None) | Q(per_email_domain__gt=0))
                        & (Q(credit_expires_days=None) | Q(credit_expires_days__gt=0))
                        & (Q(max_redemptions=None) | Q(max_redemptions__gt=0)),
                    ),
                    models.CheckConstraint(
                        name="franchise_campaign_opens_before_it_ends",
                        condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                    ),
                    models.CheckConstraint(
                        name="franchise_campaign_within_cap",
                        condition=Q(max_redemptions=None) | Q(redeemed__lte=F("max_redemptions")),
                    ),
                    models.CheckConstraint(
                        name="franchise_campaign_within_budget",
                        condition=Q(budget_minor=None) | Q(spent_minor__lte=F("budget_minor")),
                    ),
                    models.CheckConstraint(
                        name="franchise_campaign_spent_is_what_was_given",
                        condition=Q(spent_minor=F("redeemed") * F("credit_minor")),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", id_column()),
                ("size", models.PositiveIntegerField()),
                ("created_by", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("campaign", link("franchise.campaign", "batches")),
            ],
            options={"db_table": "franchise_voucher_batch"},
        ),
        migrations.RemoveConstraint("redemption", "franchise_redemption_per_organization"),
        migrations.RemoveConstraint("redemption", "franchise_redemption_per_person"),
        migrations.RemoveConstraint("vouchercode", "franchise_voucher_is_worth_something"),
        migrations.RemoveConstraint("vouchercode", "franchise_voucher_within_cap"),
        migrations.AlterField("vouchercode", "credit_minor", models.BigIntegerField(null=True)),
        migrations.AlterField("vouchercode", "currency", models.CharField(max_length=3, null=True)),
        migrations.AlterField(
            "vouchercode",
            "expires_at",
            models.DateTimeField(blank=True, help_text="in the place of the campaign's end", null=True),
        ),
        migrations.AlterField("vouchercode", "max_redemptions", models.PositiveIntegerField(default=1)),
        migrations.AddField("vouchercode", "campaign", link("franchise.campaign", "codes", null=True)),
        migrations.AddField(
            "vouchercode", "batch", link("franchise.batch", "codes", blank=True, null=True)
        ),
        migrations.AddField(
            "vouchercode",
            "bound_email",
            models.EmailField(
                blank=True, help_text="lower case; only this person may use it", max_length=254,
                null=True,
            ),
        ),
        migrations.AddField(
            "vouchercode",
            "revoked_because",
            models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            "vouchercode",
            "reissued_as",
            models.OneToOneField(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="reissue_of", to="franchise.vouchercode",
            ),
        ),
        migrations.AddField(
            "redemption", "campaign", link("franchise.campaign", "redemptions", null=True)
        ),
        migrations.AddField(
            "redemption",
            "person",
            models.CharField(default="", help_text="the mailbox: people.person_of(email)", max_length=254),
            preserve_default=False,
        ),
        migrations.AddField(
            "redemption",
            "domain",
            models.CharField(default="", help_text="of the mailbox", max_length=253),
            preserve_default=False,
        ),
        migrations.AddField(
            "redemption",
            "state",
            models.CharField(choices=STATES, default="committed", max_length=9),
        ),
        migrations.AddField("redemption", "once_per_organization", models.BooleanField(default=True)),
        migrations.AddField("redemption", "once_per_person", models.BooleanField(default=True)),
        migrations.AddField(
            "redemption",
            "ip_hash",
            models.CharField(blank=True, db_default="", help_text="keyed HMAC", max_length=64),
        ),
        migrations.RunPython(to_campaigns, to_flat_codes),
        migrations.AlterField("vouchercode", "campaign", link("franchise.campaign", "codes")),
        migrations.AlterField("redemption", "campaign", link("franchise.campaign", "redemptions")),
        migrations.RemoveField("vouchercode", "credit_minor"),
        migrations.RemoveField("vouchercode", "currency"),
        migrations.AddIndex(
            "vouchercode", models.Index(fields=["campaign", "-id"], name="franchise_codes_of_campaign")
        ),
        migrations.AddConstraint(
            "vouchercode",
            models.CheckConstraint(
                name="franchise_voucher_within_cap",
                condition=Q(redeemed__lte=F("max_redemptions"), max_redemptions__gt=0),
            ),
        ),
        migrations.AddConstraint(
            "vouchercode",
            models.CheckConstraint(
                name="franchise_voucher_reissued_is_revoked",
                condition=Q(reissued_as=None) | Q(status="revoked"),
            ),
        ),
        *(
            migrations.AddIndex(
                "redemption", models.Index(fields=["campaign", field], name=f"franchise_redeemed_by_{name}")
            )
            for field, name in (("organization", "org"), ("person", "person"), ("domain", "domain"))
        ),
        *(
            migrations.AddConstraint(
                "redemption",
                models.UniqueConstraint(
                    fields=("campaign", field),
                    condition=Q((f"once_per_{field}", True)) & ~Q(state="released"),
                    name=f"franchise_redemption_per_{field}",
                ),
            )
            for field in ("organization", "person")
        ),
        migrations.AddConstraint(
            "redemption",
            models.CheckConstraint(
                name="franchise_redemption_gave_something", condition=Q(amount_minor__gt=0)
            ),
        ),
    ]
