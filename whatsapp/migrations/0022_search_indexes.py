"""The indexes that search and the filters of conversations read, built beside running traffic.

One that was interrupted is left behind invalid, and PostgreSQL names it when the migration is run
again: drop it, then migrate.
"""

from django.contrib.postgres.indexes import BrinIndex, GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from whatsapp.models.words import Person, Words


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("whatsapp", "0021_search")]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=GinIndex(Words("id", "message_text"), name="whatsapp_message_words"),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=GinIndex(
                OpClass(Person("profile_name", "username", "phone", "wa_id"), "gin_trgm_ops"),
                name="whatsapp_contact_person",
            ),
        ),
        *(
            AddIndexConcurrently(
                model_name="conversation",
                index=models.Index(
                    models.F("last_message_at").desc(),
                    models.F("id").desc(),
                    condition=condition,
                    name=name,
                ),
            )
            for condition, name in (
                (models.Q(unread_count__gt=0), "whatsapp_conv_unread"),
                (~models.Q(priority="NORMAL"), "whatsapp_conv_urgent"),
            )
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=GinIndex(
                fields=["tags"], condition=~models.Q(tags=[]), name="whatsapp_conv_tags"
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=BrinIndex(fields=["created_at"], name="whatsapp_conv_created"),
        ),
    ]
