"""Meta's daily counts beside ours; events found by when they came."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Now

from whatsapp.migrations.operations.groups import grant

GROUPS = {"WhatsApp supervisors": ("view_gapcheck", "repeat_gapcheck")}


def widen_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps=apps, using=schema_editor.connection.alias, groups=GROUPS)


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0013_played_at")]

    operations = [
        migrations.CreateModel(
            name="GapCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="until")),
                (
                    "state",
                    models.CharField(
                        db_default="PENDING",
                        default="PENDING",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                (
                    "meta_sent",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="sent, by Meta"
                    ),
                ),
                (
                    "our_sent",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="sent, by our rows"
                    ),
                ),
                (
                    "meta_delivered",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="delivered, by Meta"
                    ),
                ),
                (
                    "our_delivered",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="delivered, by our rows"
                    ),
                ),
                (
                    "error",
                    models.CharField(
                        blank=True, db_default="", max_length=500, verbose_name="reason"
                    ),
                ),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="attempts"
                    ),
                ),
                (
                    "checked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="checked at"),
                ),
                (
                    "told_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="staff told at"),
                ),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
                (
                    "number",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="whatsapp.businessnumber",
                        verbose_name="business number",
                    ),
                ),
            ],
            options={
                "verbose_name": "comparison with Meta",
                "verbose_name_plural": "comparisons with Meta",
                "db_table": "whatsapp_gap_checks",
                "ordering": ("-id",),
                "permissions": (("repeat_gapcheck", "Can compare with Meta again"),),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("number", "day"), name="whatsapp_gap_check_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="webhookevent",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["received_at"], name="whatsapp_event_received"
            ),
        ),
        migrations.RunPython(widen_groups, migrations.RunPython.noop),
    ]
