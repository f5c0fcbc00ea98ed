"""When a voice message was played."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0012_messages_that_wait")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="played_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="played at"),
        ),
    ]
