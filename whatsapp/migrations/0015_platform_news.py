"""What Meta tells of accounts, numbers and templates by webhook, each fact with its time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("whatsapp", "0014_gap_checks"),
    ]

    operations = [
        migrations.AddField(
            model_name="businessnumber",
            name="changed_at",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="businessnumber",
            name="messaging_limit",
            field=models.CharField(
                blank=True, db_default="", max_length=32, verbose_name="messaging limit"
            ),
        ),
        migrations.AddField(
            model_name="businessnumber",
            name="name_decision",
            field=models.CharField(
                blank=True, db_default="", max_length=32, verbose_name="name decision"
            ),
        ),
        migrations.AddField(
            model_name="businessnumber",
            name="news",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="businessnumber",
            name="standing",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="businessnumber",
            name="throughput",
            field=models.CharField(
                blank=True, db_default="", max_length=16, verbose_name="throughput"
            ),
        ),
        migrations.AddField(
            model_name="businessnumber",
            name="username",
            field=models.CharField(
                blank=True, db_default="", max_length=64, verbose_name="username"
            ),
        ),
        migrations.AddField(
            model_name="businessnumber",
            name="uses_phone_app",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Meta tells so; 20 messages per second at most.",
                verbose_name="also in the phone app",
            ),
        ),
        migrations.AddField(
            model_name="businessnumber",
            name="verified_name",
            field=models.CharField(
                blank=True, db_default="", max_length=255, verbose_name="verified name"
            ),
        ),
        migrations.AddField(
            model_name="template",
            name="components_changed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
