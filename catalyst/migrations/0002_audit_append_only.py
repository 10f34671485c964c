"""The audit refuses UPDATE and DELETE, whoever asks; every event waits for its seal."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
  FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal
  FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();

CREATE FUNCTION audit_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO audit_pending (event_id) VALUES (NEW.id); RETURN NULL; END $$;
CREATE TRIGGER audit_event_waits AFTER INSERT ON audit_event
  FOR EACH ROW EXECUTE FUNCTION audit_event_waits();
"""
BACKWARD = """
DROP TRIGGER audit_event_waits ON audit_event;
DROP FUNCTION audit_event_waits();
DROP TRIGGER audit_seal_append_only ON audit_seal;
DROP TRIGGER audit_event_append_only ON audit_event;
DROP FUNCTION audit_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("catalyst", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
