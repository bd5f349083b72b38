"""The database itself refuses to change or delete an entry, whoever asks."""

from django.db import migrations

SQLITE = [
    f"CREATE TRIGGER audit_entry_no_{event.lower()} BEFORE {event} ON audit_entry "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END"
    for event in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit log is only appended to'; END $$",
    "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
    "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()",
    "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()",
]
STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def forwards(apps, schema_editor):
    """The triggers of the database that is used."""
    for statement in STATEMENTS[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
