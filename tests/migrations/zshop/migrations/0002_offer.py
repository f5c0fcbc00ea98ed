from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("zshop", "0001_initial"),)
    run_before = (("whatsapp", "0001_initial"),)
    operations = (
        migrations.CreateModel(
            name="Offer",
            fields=[("id", models.AutoField(primary_key=True, serialize=False))],
        ),
    )
