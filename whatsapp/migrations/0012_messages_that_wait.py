"""An answer, an edit or a reaction may come before the message that it is about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0011_people")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="waits_for",
            field=models.TextField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("waits_for__isnull", False)),
                fields=["waits_for"],
                name="whatsapp_message_waits_for",
            ),
        ),
    ]
