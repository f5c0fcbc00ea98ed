"""Orders are found by any part of their number."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_receiver")]

    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="order",
            index=GinIndex(
                fields=["number"], name="orders_number_parts", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
