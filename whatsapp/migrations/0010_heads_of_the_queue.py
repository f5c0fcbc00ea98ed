"""What a message waits behind is found without reading all that waits there."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("whatsapp", "0009_webhook_flow"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outboxitem",
            name="contact",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="whatsapp.contact",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxitem",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ("CLAIMED", "UPLOADING")),
                    models.Q(("epoch__gt", 0), ("state", "PENDING")),
                    _connector="OR",
                ),
                fields=["number", "contact", "priority", "id"],
                name="whatsapp_outbox_heads",
            ),
        ),
    ]
