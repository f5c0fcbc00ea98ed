"""Receivers that failed, for supervisors to call again; Meta's times of two more facts."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Now

from whatsapp.migrations.operations.groups import grant

GROUPS = {"WhatsApp supervisors": ("view_signalfailure", "repeat_signalfailure")}


def widen_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps=apps, using=schema_editor.connection.alias, groups=GROUPS)


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0004_groups")]

    operations = [
        migrations.CreateModel(
            name="SignalFailure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("signal", models.CharField(max_length=64, verbose_name="signal")),
                ("receiver", models.CharField(max_length=255, verbose_name="receiver")),
                ("ids", models.JSONField(verbose_name="ids")),
                (
                    "error",
                    models.CharField(
                        blank=True, db_default="", max_length=500, verbose_name="reason"
                    ),
                ),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(
                        db_default=1, default=1, verbose_name="attempts"
                    ),
                ),
                ("failed_at", models.DateTimeField(db_default=Now(), verbose_name="failed at")),
                (
                    "succeeded_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="succeeded at"),
                ),
            ],
            options={
                "verbose_name": "failed receiver",
                "verbose_name_plural": "failed receivers",
                "db_table": "whatsapp_signal_failures",
                "ordering": ("-id",),
                "permissions": (("repeat_signalfailure", "Can call failed receivers again"),),
            },
        ),
        migrations.AddField(
            model_name="template",
            name="category_changed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="template",
            name="quality_changed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(widen_groups, migrations.RunPython.noop),
    ]
