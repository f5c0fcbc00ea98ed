"""When a number's webhooks came: what a message in doubt is settled by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0008_lighter_indexes")]

    operations = [
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(
                condition=models.Q(("status", "processed")),
                fields=["phone_number_id", "received_at"],
                name="whatsapp_event_flow",
            ),
        ),
    ]
