"""Whose a conversation was and is, in the log of changes: who saw it is told that it is gone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("whatsapp", "0027_paper_versions"),
    ]

    operations = [
        migrations.AddField("change", "was_with", models.BigIntegerField(null=True)),
        migrations.AddField("change", "is_with", models.BigIntegerField(null=True)),
    ]
