from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="group",
            field=models.CharField(
                blank=True,
                help_text="Such as wholesale, or partner.",
                max_length=40,
                verbose_name="group",
            ),
        ),
    ]
