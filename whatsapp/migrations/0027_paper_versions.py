"""Which version of a paper was sent, and in which language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0026_media_files")]

    operations = [
        migrations.AddField(
            model_name="sentdocument",
            name="version",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="sentdocument",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
    ]
