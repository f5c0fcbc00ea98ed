"""For which templates a notice waits."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0024_template_versions")]

    operations = [
        migrations.AddField(
            model_name="ordernotice",
            name="waits_for",
            field=ArrayField(
                models.BigIntegerField(),
                db_default=models.Value([], ArrayField(models.BigIntegerField())),
                default=list,
                editable=False,
            ),
        ),
        migrations.AddIndex(
            model_name="ordernotice",
            index=GinIndex(
                condition=models.Q(decision="waiting"),
                fields=["waits_for"],
                name="whatsapp_notice_waits_for",
            ),
        ),
    ]
