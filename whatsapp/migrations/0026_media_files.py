"""An index by which the nightly sweep knows which files are named."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0025_notice_waits")]

    operations = [
        migrations.AddIndex(
            model_name="media",
            index=models.Index(
                condition=models.Q(("file", ""), _negated=True),
                fields=["file"],
                name="whatsapp_media_file",
            ),
        ),
    ]
