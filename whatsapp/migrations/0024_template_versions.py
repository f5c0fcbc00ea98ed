"""What each template said, when, by whom, and what Meta made of it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FIRST = """
    INSERT INTO whatsapp_template_versions (
        template_id, number, category, parameter_format, components, source, status, reason,
        created_at, submitted_at, approved_at, status_changed_at
    )
    SELECT
        id, 1, category, parameter_format, components,
        CASE WHEN status = 'DRAFT' OR submitted_at IS NOT NULL THEN 'HERE' ELSE 'META' END,
        status, rejected_reason, created_at, submitted_at,
        CASE WHEN status = 'APPROVED' THEN coalesce(status_changed_at, created_at) END,
        status_changed_at
    FROM whatsapp_templates
"""


class Migration(migrations.Migration):
    dependencies = [
        ("whatsapp", "0023_visibility"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TemplateVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("category", models.CharField(max_length=32, verbose_name="category")),
                (
                    "parameter_format",
                    models.CharField(max_length=16, verbose_name="parameter format"),
                ),
                ("components", models.JSONField(verbose_name="components")),
                (
                    "source",
                    models.CharField(
                        choices=[("HERE", "here"), ("META", "Meta")],
                        max_length=8,
                        verbose_name="from",
                    ),
                ),
                ("status", models.CharField(max_length=32, verbose_name="status")),
                (
                    "reason",
                    models.CharField(
                        blank=True, db_default="", max_length=255, verbose_name="reason"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="created at",
                    ),
                ),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("status_changed_at", models.DateTimeField(blank=True, null=True)),
                ("edits_approved", models.BooleanField(db_default=False, default=False)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="whatsapp.template",
                    ),
                ),
            ],
            options={
                "verbose_name": "template version",
                "verbose_name_plural": "template versions",
                "db_table": "whatsapp_template_versions",
                "ordering": ("template", "-number"),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("template", "number"), name="whatsapp_template_version_number"
                    )
                ],
            },
        ),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
    ]
