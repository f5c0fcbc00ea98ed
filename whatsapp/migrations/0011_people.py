"""What people were known by before, and who turned out to be one person."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from whatsapp.migrations.operations.groups import grant

GROUPS = {"WhatsApp supervisors": ("view_contactmerge", "undo_contactmerge")}


def widen_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps=apps, using=schema_editor.connection.alias, groups=GROUPS)


class Migration(migrations.Migration):
    dependencies = [
        ("whatsapp", "0010_heads_of_the_queue"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="phone_shown_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="ContactMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True, db_default="", max_length=512, verbose_name="shown in"
                    ),
                ),
                ("shown_at", models.DateTimeField(verbose_name="shown at")),
                (
                    "shown_wa_id",
                    models.CharField(
                        blank=True, db_default="", max_length=64, verbose_name="number shown"
                    ),
                ),
                (
                    "shown_bsuid",
                    models.CharField(
                        blank=True, db_default="", max_length=160, verbose_name="user id shown"
                    ),
                ),
                ("record", models.JSONField()),
                (
                    "merged_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="merged at",
                    ),
                ),
                (
                    "undone_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="undone at"),
                ),
                (
                    "absorbed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="whatsapp.contact",
                        verbose_name="contact that was taken in",
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="whatsapp.contact",
                        verbose_name="contact that stayed",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
            ],
            options={
                "verbose_name": "merge of contacts",
                "verbose_name_plural": "merges of contacts",
                "db_table": "whatsapp_contact_merges",
                "ordering": ("-id",),
                "permissions": (("undo_contactmerge", "Can undo merges of contacts"),),
            },
        ),
        migrations.CreateModel(
            name="ContactAlias",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("wa_id", models.CharField(blank=True, max_length=64, null=True)),
                ("bsuid", models.CharField(blank=True, max_length=160, null=True)),
                ("until", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="whatsapp.contact",
                    ),
                ),
            ],
            options={
                "db_table": "whatsapp_contact_aliases",
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(fields=("bsuid",), name="whatsapp_alias_bsuid"),
                    models.UniqueConstraint(
                        fields=("wa_id", "contact"), name="whatsapp_alias_wa_id"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("bsuid__isnull", True), ("wa_id__isnull", False)),
                            models.Q(("bsuid__isnull", False), ("wa_id__isnull", True)),
                            _connector="OR",
                        ),
                        name="whatsapp_alias_one",
                    ),
                ],
            },
        ),
        migrations.RunPython(widen_groups, migrations.RunPython.noop),
    ]
