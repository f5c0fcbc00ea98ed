"""Contacts and conversations for the messages of an adopted table; nothing on an empty one."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from whatsapp.migrations.operations.threads import thread_old_messages


def thread(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    thread_old_messages(apps=apps, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    atomic = False  # each batch commits; begun again, it goes on where it stopped

    dependencies = [("whatsapp", "0002_tables")]

    operations = [migrations.RunPython(thread, migrations.RunPython.noop)]
