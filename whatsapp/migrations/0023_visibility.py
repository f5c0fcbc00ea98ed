"""Who sees whose conversations, and whose phone numbers; both roles see what they saw before."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from whatsapp.migrations.operations.groups import grant

GROUPS = {
    "WhatsApp agents": ("view_phone",),
    "WhatsApp supervisors": ("view_phone", "oversee_conversation"),
}


def widen_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps=apps, using=schema_editor.connection.alias, groups=GROUPS)


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0022_search_indexes")]

    operations = [
        migrations.AlterModelOptions(
            name="contact",
            options={
                "ordering": ("id",),
                "permissions": (("view_phone", "Can see whole phone numbers"),),
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
            },
        ),
        migrations.AlterModelOptions(
            name="conversation",
            options={
                "ordering": ("-last_message_at", "-id"),
                "permissions": (
                    ("reply_conversation", "Can answer conversations"),
                    ("assign_conversation", "Can assign conversations"),
                    ("archive_conversation", "Can archive conversations"),
                    ("oversee_conversation", "Can see colleagues' conversations"),
                ),
                "verbose_name": "conversation",
                "verbose_name_plural": "conversations",
            },
        ),
        migrations.RunPython(widen_groups, migrations.RunPython.noop),
    ]
