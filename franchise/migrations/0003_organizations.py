import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

# Backs the services' own look under the Organization's lock: whatever is done, at commit an owner
# is left. It takes that lock too, so that two owners leaving at once cannot both be right.
AN_OWNER_IS_LEFT = """
CREATE FUNCTION franchise_an_owner_is_left() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  its_state text;
BEGIN
  SELECT state INTO its_state FROM franchise_organization
    WHERE id = OLD.organization_id FOR NO KEY UPDATE;
  IF its_state <> 'deleted' AND NOT EXISTS (
    SELECT 1 FROM franchise_membership
    WHERE organization_id = OLD.organization_id AND role = 'owner'
  ) THEN
    RAISE EXCEPTION 'an Organization has an owner'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'franchise_membership_an_owner_is_left';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER franchise_membership_an_owner_is_left
  AFTER UPDATE OR DELETE ON franchise_membership DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.role = 'owner') EXECUTE FUNCTION franchise_an_owner_is_left();
"""
WITHOUT = """
DROP TRIGGER franchise_membership_an_owner_is_left ON franchise_membership;
DROP FUNCTION franchise_an_owner_is_left();
"""
# Organizations that were there before have what a new one is made with.
WHAT_A_NEW_ONE_HAS = """
INSERT INTO franchise_membership (organization_id, email, role, joined_at)
  SELECT id, lower(owner_email), 'owner', created_at FROM franchise_organization;
INSERT INTO franchise_environment (organization_id, kind, created_at)
  SELECT id, 'prod', created_at FROM franchise_organization;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('franchise', '0002_organization_preselected_apps'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Environment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('prod', 'Production'), ('stg', 'Staging'), ('uat', 'Acceptance'), ('dev', 'Development'), ('poc', 'Trial')], max_length=4)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'franchise_environment',
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(help_text='lower case', max_length=254)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('developer', 'Developer'), ('viewer', 'Viewer'), ('billing', 'Billing'), ('security', 'Security')], max_length=9)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('invited_by', models.CharField(max_length=254)),
                ('sent', models.PositiveIntegerField(default=1, help_text='how often; only the last link counts')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'db_table': 'franchise_invitation',
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(db_index=True, help_text='lower case', max_length=254)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('developer', 'Developer'), ('viewer', 'Viewer'), ('billing', 'Billing'), ('security', 'Security')], max_length=9)),
                ('joined_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'franchise_membership',
            },
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('slug', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('held_until', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'franchise_organization_tombstone',
            },
        ),
        migrations.AddField(
            model_name='organization',
            name='delete_after',
            field=models.DateTimeField(blank=True, help_text='then it is deleted', null=True),
        ),
        migrations.AddField(
            model_name='organization',
            name='deleted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='organization',
            name='limits',
            field=models.JSONField(db_default={}, default=dict, help_text='what the plan allowed when it was bought'),
        ),
        migrations.AddField(
            model_name='organization',
            name='plan',
            field=models.CharField(blank=True, db_default='', default='', help_text="slug of the catalog's", max_length=40),
        ),
        migrations.AddField(
            model_name='organization',
            name='state',
            field=models.CharField(choices=[('active', 'Active'), ('suspended', 'Suspended'), ('deleting', 'Being deleted'), ('deleted', 'Deleted')], db_default='active', default='active', max_length=9),
        ),
        migrations.AddField(
            model_name='organization',
            name='suspended_because',
            field=models.JSONField(db_default={}, default=dict, help_text='cause → words of whoever suspended it'),
        ),
        migrations.AlterField(
            model_name='organization',
            name='slug',
            field=models.CharField(db_index=True, help_text='unique among those that live', max_length=30),
        ),
        migrations.AddConstraint(
            model_name='organization',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'deleted'), _negated=True), fields=('slug',), name='franchise_organization_slug'),
        ),
        migrations.AddConstraint(
            model_name='organization',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['active', 'suspended', 'deleting', 'deleted'])), name='franchise_organization_state'),
        ),
        migrations.AddConstraint(
            model_name='organization',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'suspended'), models.Q(('suspended_because', {}), _negated=True)), models.Q(('state', 'active'), ('suspended_because', {})), ('state__in', ['deleting', 'deleted']), _connector='OR'), name='franchise_organization_suspended_because'),
        ),
        migrations.AddConstraint(
            model_name='organization',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('delete_after__isnull', False), ('state', 'deleting')), models.Q(models.Q(('state', 'deleting'), _negated=True), ('delete_after__isnull', True)), _connector='OR'), name='franchise_organization_delete_after'),
        ),
        migrations.AddConstraint(
            model_name='organization',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deleted_at__isnull', False), ('state', 'deleted')), models.Q(models.Q(('state', 'deleted'), _negated=True), ('deleted_at__isnull', True)), _connector='OR'), name='franchise_organization_deleted_at'),
        ),
        migrations.AddIndex(
            model_name='organization',
            index=models.Index(models.F('delete_after'), condition=models.Q(('delete_after__isnull', False)), name='franchise_organization_due'),
        ),
        migrations.AddField(
            model_name='environment',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='environments', to='franchise.organization'),
        ),
        migrations.AddField(
            model_name='invitation',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='franchise.organization'),
        ),
        migrations.AddField(
            model_name='membership',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='franchise.organization'),
        ),
        migrations.AddField(
            model_name='membership',
            name='user',
            field=models.ForeignKey(blank=True, help_text='once they logged in; from then on they count, not the address', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='memberships', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='environment',
            constraint=models.UniqueConstraint(fields=('organization', 'kind'), name='franchise_environment_once'),
        ),
        migrations.AddConstraint(
            model_name='environment',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['prod', 'stg', 'uat', 'dev', 'poc'])), name='franchise_environment_kind'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(condition=models.Q(('accepted_at__isnull', True), ('withdrawn_at__isnull', True)), fields=('organization', 'email'), name='franchise_invitation_open'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('accepted_at__isnull', True), ('withdrawn_at__isnull', True), _connector='OR'), name='franchise_invitation_one_end'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'admin', 'developer', 'viewer', 'billing', 'security'])), name='franchise_invitation_role'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('organization', 'email'), name='franchise_membership_email'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('organization', 'user'), name='franchise_membership_user'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower(models.F('email')))), name='franchise_membership_email_is_folded'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'admin', 'developer', 'viewer', 'billing', 'security'])), name='franchise_membership_role'),
        ),
        migrations.RunSQL(AN_OWNER_IS_LEFT, WITHOUT),
        migrations.RunSQL(WHAT_A_NEW_ONE_HAS, migrations.RunSQL.noop),
    ]
