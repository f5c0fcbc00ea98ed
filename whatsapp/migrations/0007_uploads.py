"""Rows that wait for a file's id at Meta say so; and when an id was given, so that it is reused."""

from django.db import migrations, models

# Those that waited until now were due when their message would have expired
NAME_WAITING = """
    UPDATE whatsapp_outbox o SET state = 'UPLOADING', next_attempt_at = o.created_at
    FROM whatsapp_media f
    WHERE f.message_id = o.message_id AND f.state = 'PENDING' AND f.media_id = ''
      AND o.state = 'PENDING' AND o.kind = 'MESSAGE'
"""
UNNAME_WAITING = """
    UPDATE whatsapp_outbox o SET state = 'PENDING', next_attempt_at = m.expires_at
    FROM whatsapp_messages m WHERE m.id = o.message_id AND o.state = 'UPLOADING'
"""


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0006_idempotency_keys")]

    operations = [
        migrations.AddField(
            model_name="media",
            name="uploaded_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="media",
            index=models.Index(
                condition=models.Q(uploaded_at__isnull=False),
                fields=["number", "sha256", "uploaded_at"],
                name="whatsapp_media_known",
            ),
        ),
        migrations.AlterField(
            model_name="outboxitem",
            name="state",
            field=models.CharField(
                choices=[
                    ("UPLOADING", "Uploading"),
                    ("PENDING", "Pending"),
                    ("CLAIMED", "Claimed"),
                    ("UNCONFIRMED", "Unconfirmed"),
                    ("HELD", "Held"),
                    ("FAILED", "Failed"),
                ],
                db_default="PENDING",
                default="PENDING",
                max_length=16,
            ),
        ),
        migrations.RunSQL(NAME_WAITING, UNNAME_WAITING),
    ]
