"""Counts and times by hour and day, what marks the hours that change, and the prices."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from whatsapp.migrations.operations.groups import grant
from whatsapp.migrations.operations.stats_marks import mark_changes

GROUPS = {
    "WhatsApp supervisors": ("view_price", "add_price", "change_price", "delete_price"),
}


def widen_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps=apps, using=schema_editor.connection.alias, groups=GROUPS)


class Migration(migrations.Migration):
    dependencies = [
        ("whatsapp", "0019_first_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StatsMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("conversation_id", models.BigIntegerField(null=True)),
                ("happened_at", models.DateTimeField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "db_table": "whatsapp_stats_marks",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="DayCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("direction", models.CharField(max_length=16)),
                ("message_type", models.CharField(max_length=32)),
                ("delivery_status", models.CharField(max_length=50)),
                ("order_event", models.CharField(max_length=32)),
                ("pricing_category", models.CharField(max_length=64)),
                ("pricing_type", models.CharField(max_length=64)),
                ("calling_code", models.CharField(max_length=3)),
                ("n", models.PositiveIntegerField()),
                ("day", models.DateField(db_index=True)),
                (
                    "number",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="whatsapp.businessnumber",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="whatsapp.template",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "whatsapp_stats_days",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Dashboard",
            fields=[],
            options={
                "verbose_name": "dashboard",
                "verbose_name_plural": "dashboard",
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("whatsapp.daycount",),
        ),
        migrations.CreateModel(
            name="DayTime",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "clock",
                    models.CharField(
                        choices=[("answer", "answer"), ("resolution", "resolution")], max_length=16
                    ),
                ),
                ("bucket", models.SmallIntegerField(null=True)),
                ("n", models.PositiveIntegerField()),
                ("late", models.PositiveIntegerField()),
                ("seconds", models.FloatField()),
                ("day", models.DateField()),
                ("by_agent", models.BooleanField()),
                (
                    "number",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="whatsapp.businessnumber",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "whatsapp_stats_day_times",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["by_agent", "day"], name="whatsapp_stats_times_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="HourCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("direction", models.CharField(max_length=16)),
                ("message_type", models.CharField(max_length=32)),
                ("delivery_status", models.CharField(max_length=50)),
                ("order_event", models.CharField(max_length=32)),
                ("pricing_category", models.CharField(max_length=64)),
                ("pricing_type", models.CharField(max_length=64)),
                ("calling_code", models.CharField(max_length=3)),
                ("n", models.PositiveIntegerField()),
                ("hour", models.DateTimeField(db_index=True)),
                (
                    "number",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="whatsapp.businessnumber",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="whatsapp.template",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "whatsapp_stats",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="HourTime",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "clock",
                    models.CharField(
                        choices=[("answer", "answer"), ("resolution", "resolution")], max_length=16
                    ),
                ),
                ("bucket", models.SmallIntegerField(null=True)),
                ("n", models.PositiveIntegerField()),
                ("late", models.PositiveIntegerField()),
                ("seconds", models.FloatField()),
                ("hour", models.DateTimeField(db_index=True)),
                (
                    "number",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="whatsapp.businessnumber",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "whatsapp_stats_times",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "calling_code",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="Of the customer's phone; Romania has 40. Empty: the others.",
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[1-9][0-9]{0,2}\\Z", "Only the digits, as in 40."
                            )
                        ],
                        verbose_name="calling code",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("marketing", "marketing"),
                            ("utility", "utility"),
                            ("authentication", "authentication"),
                            ("authentication-international", "authentication, international"),
                            ("marketing-lite", "marketing, optimised delivery"),
                        ],
                        max_length=64,
                        verbose_name="category",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="amount",
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        help_text="In which Meta bills the account.",
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Z]{3}\\Z", "Three capital letters, as in EUR."
                            )
                        ],
                        verbose_name="currency",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "source",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="Where it was read.",
                        max_length=200,
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "price",
                "verbose_name_plural": "prices",
                "db_table": "whatsapp_prices",
                "ordering": ("calling_code", "category", "-valid_from"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("calling_code", "category", "valid_from"),
                        name="whatsapp_price_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="whatsapp_price_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Resolution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(db_index=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="resolutions",
                        to="whatsapp.conversation",
                    ),
                ),
                (
                    "number",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="whatsapp.businessnumber",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "whatsapp_resolutions",
                "default_permissions": (),
            },
        ),
        mark_changes(),
        migrations.RunPython(widen_groups, migrations.RunPython.noop),
    ]
