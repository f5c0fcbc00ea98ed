import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="Client",
            fields=[
                ("id", models.UUIDField(primary_key=True, default=uuid.uuid4, serialize=False))
            ],
        ),
        migrations.CreateModel(
            name="Sale",
            fields=[
                ("code", models.CharField(max_length=12, primary_key=True, serialize=False)),
            ],
        ),
    )
