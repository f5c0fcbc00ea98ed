"""The two roles: *WhatsApp agents* answer customers, *WhatsApp supervisors* also run the desk.

The host maps its own roles to these groups; nothing in the code asks for a group by name.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from whatsapp.migrations.operations.groups import grant

AGENT = (
    "view_message",
    "send_message",
    "view_conversation",
    "reply_conversation",
    "assign_conversation",
    "view_conversationnote",
    "add_conversationnote",
    "view_contact",
    "view_media",
    "view_template",
    "view_ordernotice",
)
SUPERVISOR = (
    *AGENT,
    "archive_conversation",
    "change_contact",
    "add_template",
    "change_template",
    "delete_template",
    "submit_template",
    "view_businessnumber",
    "add_businessnumber",
    "change_businessnumber",
    "view_webhookevent",
    "replay_webhookevent",
    "view_outboxitem",
    "view_messageattempt",
    "view_senderstate",
)
GROUPS = {"WhatsApp agents": AGENT, "WhatsApp supervisors": SUPERVISOR}


def create_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps=apps, using=schema_editor.connection.alias, groups=GROUPS)


class Migration(migrations.Migration):
    dependencies = [
        ("whatsapp", "0003_thread_old_messages"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop)]
