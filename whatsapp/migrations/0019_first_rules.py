"""The three rules that were settings before."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from whatsapp.migrations.operations import first_rules


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    first_rules.add_rules(apps=apps, using=schema_editor.connection.alias)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    first_rules.remove_rules(apps=apps, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0018_notice_rules")]

    operations = [migrations.RunPython(add, remove)]
