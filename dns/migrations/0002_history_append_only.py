"""The history of allocations refuses UPDATE and DELETE, whoever asks."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION dns_allocation_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'dns_allocation_event is append-only'; END $$;
CREATE TRIGGER dns_allocation_event_append_only BEFORE UPDATE OR DELETE ON dns_allocation_event
  FOR EACH ROW EXECUTE FUNCTION dns_allocation_event_is_append_only();
"""
BACKWARD = """
DROP TRIGGER dns_allocation_event_append_only ON dns_allocation_event;
DROP FUNCTION dns_allocation_event_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("dns", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
