"""Rules for order notices, what came of trying them, and who else told the customer."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from whatsapp.migrations.operations.groups import grant

GROUPS = {
    "WhatsApp agents": ("view_noticerule",),
    "WhatsApp supervisors": (
        "view_noticerule",
        "add_noticerule",
        "change_noticerule",
        "delete_noticerule",
    ),
}


def widen_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps=apps, using=schema_editor.connection.alias, groups=GROUPS)


class Migration(migrations.Migration):
    dependencies = [
        ("whatsapp", "0017_documents"),
        migrations.swappable_dependency(settings.WHATSAPP_ORDER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="ordernotice",
            name="fell_back_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="fallback template since"
            ),
        ),
        migrations.AddField(
            model_name="ordernotice",
            name="otherwise_error",
            field=models.CharField(
                blank=True, db_default="", max_length=255, verbose_name="why not"
            ),
        ),
        migrations.AddField(
            model_name="ordernotice",
            name="planned_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="planned at"),
        ),
        migrations.AddField(
            model_name="ordernotice",
            name="reason_values",
            field=models.JSONField(
                db_default=models.Value({}, models.JSONField()), default=dict, editable=False
            ),
        ),
        migrations.AddField(
            model_name="ordernotice",
            name="told_otherwise_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="told otherwise at"),
        ),
        migrations.AddField(
            model_name="ordernotice",
            name="told_otherwise_by",
            field=models.CharField(
                blank=True, db_default="", max_length=32, verbose_name="told by"
            ),
        ),
        migrations.AddField(
            model_name="ordernotice",
            name="watch_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="ordernotice",
            name="order",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.WHATSAPP_ORDER_MODEL,
                verbose_name="order",
            ),
        ),
        migrations.CreateModel(
            name="NoticeRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("event", models.CharField(max_length=32, verbose_name="event")),
                (
                    "is_active",
                    models.BooleanField(db_default=True, default=True, verbose_name="active"),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        db_default=10,
                        default=10,
                        verbose_name="position",
                    ),
                ),
                ("template", models.CharField(max_length=512, verbose_name="template")),
                (
                    "fallback_template",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=512,
                        verbose_name="fallback template",
                    ),
                ),
                (
                    "recipient",
                    models.CharField(
                        db_default="customer.phone",
                        default="customer.phone",
                        max_length=64,
                        verbose_name="to",
                    ),
                ),
                (
                    "delay_minutes",
                    models.PositiveIntegerField(
                        db_default=0,
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(43200)],
                        verbose_name="minutes after the event",
                    ),
                ),
                (
                    "minimum_total",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        verbose_name="total from",
                    ),
                ),
                (
                    "maximum_total",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        verbose_name="total up to",
                    ),
                ),
                (
                    "couriers",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value([], models.JSONField()),
                        default=list,
                        verbose_name="couriers",
                    ),
                ),
                (
                    "customer_groups",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value([], models.JSONField()),
                        default=list,
                        verbose_name="customer groups",
                    ),
                ),
                (
                    "parameters",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        verbose_name="what fills the template",
                    ),
                ),
                (
                    "other_channel_minutes",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(43200)],
                        verbose_name="tell otherwise after minutes",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "number",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="whatsapp.businessnumber",
                        verbose_name="from",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice rule",
                "verbose_name_plural": "notice rules",
                "db_table": "whatsapp_notice_rules",
                "ordering": ("event", "position", "id"),
            },
        ),
        migrations.CreateModel(
            name="NoticeCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("checked_at", models.DateTimeField(verbose_name="checked at")),
                (
                    "looked_at",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="orders looked at"
                    ),
                ),
                (
                    "sound",
                    models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="sound"),
                ),
                (
                    "failed",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="would fail"
                    ),
                ),
                (
                    "problems",
                    models.JSONField(
                        db_default=models.Value([], models.JSONField()),
                        default=list,
                        verbose_name="problems",
                    ),
                ),
                (
                    "told",
                    models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
                ),
                (
                    "rule",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="last_check",
                        to="whatsapp.noticerule",
                        verbose_name="notice rule",
                    ),
                ),
            ],
            options={
                "verbose_name": "check of a notice rule",
                "verbose_name_plural": "checks of notice rules",
                "db_table": "whatsapp_notice_checks",
                "ordering": ("-failed", "rule_id"),
            },
        ),
        migrations.AddField(
            model_name="ordernotice",
            name="rule",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="whatsapp.noticerule",
                verbose_name="notice rule",
            ),
        ),
        migrations.AddIndex(
            model_name="ordernotice",
            index=models.Index(
                condition=models.Q(("watch_until__isnull", False)),
                fields=["next_attempt_at", "id"],
                name="whatsapp_notice_watched",
            ),
        ),
        migrations.RunPython(widen_groups, migrations.RunPython.noop),
    ]
