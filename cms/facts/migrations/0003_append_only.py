"""What is there becomes the beginning of the history, and the database itself refuses to change history."""

from django.db import migrations

NAMES = ("label", "unit", "suffix", "formula", "source")
TABLES = ("facts_factvalue", "facts_factversion")


def begin(apps, schema_editor):
    """A first version of each fact, as it is."""
    FactVersion = apps.get_model("facts.FactVersion")
    for fact in apps.get_model("facts.Fact").objects.order_by("pk"):
        particulars = {name: getattr(fact, name) for name in NAMES}
        particulars |= {"review_by": fact.review_by.isoformat() if fact.review_by else "", "owner": ""}
        FactVersion.objects.create(fact=fact, particulars=particulars)


def refuse(apps, schema_editor):
    """The triggers of the database that is used."""
    if schema_editor.connection.vendor == "sqlite":
        for table in TABLES:
            for event in ("UPDATE", "DELETE"):
                schema_editor.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the history of facts is only appended to'); END"
                )
        return
    schema_editor.execute(
        "CREATE FUNCTION facts_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the history of facts is only appended to'; END $$"
    )
    for table in TABLES:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION facts_refuse()"
        )


class Migration(migrations.Migration):
    dependencies = [("facts", "0002_history")]

    operations = [
        migrations.RunPython(begin, migrations.RunPython.noop),
        migrations.RunPython(refuse, migrations.RunPython.noop),
    ]
