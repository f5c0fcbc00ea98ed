"""Our tables, our columns on the messages, and what keeps both true."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models
from django.db.models import F, Q, deletion
from django.db.models.functions import Now

from whatsapp.migrations.operations.beside_old import CreateModelBesideOld
from whatsapp.migrations.operations.duplicates import keep_wamids_on_the_newest
from whatsapp.migrations.operations.storage import fillfactor
from whatsapp.models.fields import EncryptedTextField
from whatsapp.models.media import media_storage


class Migration(migrations.Migration):
    dependencies = [
        ("whatsapp", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.WHATSAPP_CUSTOMER_MODEL),
        migrations.swappable_dependency(settings.WHATSAPP_ORDER_MODEL),
    ]

    operations = [
        CreateModelBesideOld(
            name="BusinessNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "phone_number_id",
                    models.CharField(max_length=64, verbose_name="phone number id"),
                ),
                (
                    "display_number",
                    models.CharField(
                        blank=True, db_default="", max_length=32, verbose_name="display number"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        blank=True, db_default="", max_length=120, verbose_name="name"
                    ),
                ),
                (
                    "waba_id",
                    models.CharField(
                        blank=True,
                        db_default="",
                        db_index=True,
                        max_length=64,
                        verbose_name="WhatsApp account id",
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(db_default=False, default=False, verbose_name="default"),
                ),
                (
                    "is_active",
                    models.BooleanField(db_default=True, default=True, verbose_name="active"),
                ),
                (
                    "messages_per_second",
                    models.PositiveSmallIntegerField(
                        db_default=80, default=80, verbose_name="messages per second"
                    ),
                ),
                (
                    "quality",
                    models.CharField(
                        blank=True, db_default="", max_length=32, verbose_name="quality"
                    ),
                ),
                (
                    "health",
                    models.CharField(
                        blank=True, db_default="", max_length=64, verbose_name="health"
                    ),
                ),
                (
                    "health_checked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="health checked at"),
                ),
                (
                    "access_token",
                    EncryptedTextField(blank=True, db_default="", verbose_name="access token"),
                ),
                (
                    "auto_reply_text",
                    models.TextField(
                        blank=True,
                        db_default="",
                        help_text="Sent once per conversation and day when a customer writes. "
                        "Empty: off.",
                        verbose_name="automatic reply",
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "verbose_name": "business number",
                "verbose_name_plural": "business numbers",
                "db_table": "whatsapp_business_numbers",
                "ordering": ("-is_default", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("phone_number_id",), name="whatsapp_number_phone_number_id"
                    ),
                    models.UniqueConstraint(
                        condition=Q(("is_default", True)),
                        fields=("is_default",),
                        name="whatsapp_number_default",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            ("messages_per_second__gte", 1), ("messages_per_second__lte", 1000)
                        ),
                        name="whatsapp_number_pace",
                    ),
                ],
            },
        ),
        CreateModelBesideOld(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "phone",
                    models.CharField(blank=True, max_length=20, null=True, verbose_name="phone"),
                ),
                ("wa_id", models.CharField(blank=True, max_length=64, null=True)),
                ("bsuid", models.CharField(blank=True, max_length=160, null=True)),
                (
                    "username",
                    models.CharField(
                        blank=True, db_default="", max_length=64, verbose_name="username"
                    ),
                ),
                (
                    "profile_name",
                    models.CharField(
                        blank=True, db_default="", max_length=255, verbose_name="profile name"
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True, db_default="", max_length=16, verbose_name="language"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=deletion.SET_NULL,
                        related_name="+",
                        to=settings.WHATSAPP_CUSTOMER_MODEL,
                        verbose_name="customer",
                    ),
                ),
                (
                    "marketing_consent",
                    models.BooleanField(blank=True, null=True, verbose_name="marketing consent"),
                ),
                (
                    "consent_changed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="consent changed at"),
                ),
                ("consent_source", models.CharField(blank=True, db_default="", max_length=64)),
                (
                    "has_whatsapp",
                    models.BooleanField(blank=True, null=True, verbose_name="is on WhatsApp"),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=deletion.SET_NULL,
                        related_name="merged",
                        to="whatsapp.contact",
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
                "db_table": "whatsapp_contacts",
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(fields=("phone",), name="whatsapp_contact_phone"),
                    models.UniqueConstraint(fields=("wa_id",), name="whatsapp_contact_wa_id"),
                    models.UniqueConstraint(fields=("bsuid",), name="whatsapp_contact_bsuid"),
                    models.CheckConstraint(
                        condition=Q(
                            ("phone__isnull", False),
                            ("wa_id__isnull", False),
                            ("bsuid__isnull", False),
                            ("merged_into__isnull", False),
                            _connector="OR",
                        ),
                        name="whatsapp_contact_identified",
                    ),
                ],
            },
        ),
        CreateModelBesideOld(
            name="Conversation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=deletion.PROTECT,
                        related_name="conversations",
                        to="whatsapp.businessnumber",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=deletion.PROTECT,
                        related_name="conversations",
                        to="whatsapp.contact",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("ASSIGNED", "Assigned"),
                            ("RESOLVED", "Resolved"),
                            ("ARCHIVED", "Archived"),
                        ],
                        db_default="OPEN",
                        default="OPEN",
                        max_length=16,
                        verbose_name="status",
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        choices=[
                            ("LOW", "Low"),
                            ("NORMAL", "Normal"),
                            ("HIGH", "High"),
                            ("URGENT", "Urgent"),
                        ],
                        db_default="NORMAL",
                        default="NORMAL",
                        max_length=8,
                        verbose_name="priority",
                    ),
                ),
                (
                    "tags",
                    ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "assigned_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assigned to",
                    ),
                ),
                ("message_count", models.PositiveIntegerField(db_default=0, default=0)),
                (
                    "unread_count",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="unread"),
                ),
                (
                    "last_message_at",
                    models.DateTimeField(db_default=Now(), verbose_name="last message at"),
                ),
                (
                    "last_message_preview",
                    models.CharField(blank=True, db_default="", max_length=160),
                ),
                (
                    "last_message_direction",
                    models.CharField(blank=True, db_default="", max_length=8),
                ),
                (
                    "last_inbound_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last inbound at"),
                ),
                (
                    "waiting_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="waiting since"),
                ),
                ("first_response_at", models.DateTimeField(blank=True, null=True)),
                (
                    "response_due_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="answer due at"),
                ),
                (
                    "sla_breached_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="SLA breached at"),
                ),
                ("auto_replied_at", models.DateTimeField(blank=True, null=True)),
                ("assigned_at", models.DateTimeField(blank=True, null=True)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "verbose_name": "conversation",
                "verbose_name_plural": "conversations",
                "db_table": "whatsapp_conversations",
                "ordering": ("-last_message_at", "-id"),
                "permissions": (
                    ("reply_conversation", "Can answer conversations"),
                    ("assign_conversation", "Can assign conversations"),
                    ("archive_conversation", "Can archive conversations"),
                ),
                "indexes": [
                    models.Index(
                        F("last_message_at").desc(),
                        F("id").desc(),
                        condition=Q(("status__in", ("OPEN", "ASSIGNED"))),
                        name="whatsapp_conv_inbox",
                    ),
                    models.Index(
                        F("last_message_at").desc(), F("id").desc(), name="whatsapp_conv_recent"
                    ),
                    models.Index(
                        F("assigned_to"),
                        F("status"),
                        F("last_message_at").desc(),
                        F("id").desc(),
                        name="whatsapp_conv_agent",
                    ),
                    models.Index(
                        F("response_due_at"),
                        condition=Q(("response_due_at__isnull", False)),
                        name="whatsapp_conv_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("status", "ARCHIVED"), _negated=True),
                        fields=("number", "contact"),
                        name="whatsapp_conversation_one_live",
                    )
                ],
            },
        ),
        CreateModelBesideOld(
            name="ConversationNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=deletion.CASCADE, related_name="notes", to="whatsapp.conversation"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("text", models.TextField(verbose_name="note")),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "verbose_name": "note",
                "verbose_name_plural": "notes",
                "db_table": "whatsapp_conversation_notes",
                "ordering": ("created_at", "id"),
            },
        ),
        CreateModelBesideOld(
            name="Template",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("waba_id", models.CharField(max_length=64, verbose_name="WhatsApp account id")),
                ("name", models.CharField(max_length=512, verbose_name="name")),
                ("language", models.CharField(max_length=16, verbose_name="language")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("MARKETING", "Marketing"),
                            ("UTILITY", "Utility"),
                            ("AUTHENTICATION", "Authentication"),
                        ],
                        db_default="UTILITY",
                        default="UTILITY",
                        max_length=32,
                        verbose_name="category",
                    ),
                ),
                (
                    "parameter_format",
                    models.CharField(
                        choices=[("POSITIONAL", "Positional"), ("NAMED", "Named")],
                        db_default="NAMED",
                        default="NAMED",
                        max_length=16,
                        verbose_name="parameter format",
                    ),
                ),
                ("components", models.JSONField(default=list, verbose_name="components")),
                (
                    "status",
                    models.CharField(
                        db_default="DRAFT", default="DRAFT", max_length=32, verbose_name="status"
                    ),
                ),
                (
                    "rejected_reason",
                    models.CharField(
                        blank=True, db_default="", max_length=255, verbose_name="reason"
                    ),
                ),
                (
                    "quality",
                    models.CharField(
                        blank=True, db_default="", max_length=16, verbose_name="quality"
                    ),
                ),
                (
                    "meta_id",
                    models.CharField(blank=True, db_default="", db_index=True, max_length=64),
                ),
                ("status_changed_at", models.DateTimeField(blank=True, null=True)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "synced_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last synced"),
                ),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "verbose_name": "template",
                "verbose_name_plural": "templates",
                "db_table": "whatsapp_templates",
                "ordering": ("name", "language", "id"),
                "permissions": (("submit_template", "Can submit templates to Meta"),),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("waba_id", "name", "language"), name="whatsapp_template_identity"
                    )
                ],
            },
        ),
        # before uuid, which writes the table anew
        fillfactor(table="whatsapp_messages", percent=70),
        migrations.AddField(
            model_name="message",
            name="content",
            field=models.JSONField(
                blank=True, help_text="What was to be sent, or what came.", null=True
            ),
        ),
        migrations.RunPython(keep_wamids_on_the_newest, migrations.RunPython.noop),
        migrations.AddField(
            model_name="message",
            name="uuid",
            field=models.UUIDField(
                db_default=RandomUUID(), default=uuid4, editable=False, unique=True
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="number",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=deletion.PROTECT,
                related_name="+",
                to="whatsapp.businessnumber",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="contact",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=deletion.PROTECT,
                related_name="messages",
                to="whatsapp.contact",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="conversation",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=deletion.PROTECT,
                related_name="messages",
                to="whatsapp.conversation",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="template",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=deletion.SET_NULL,
                related_name="+",
                to="whatsapp.template",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="reply_to",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=deletion.SET_NULL,
                related_name="+",
                to="whatsapp.message",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="message",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="happened_at",
            field=models.DateTimeField(db_default=Now()),
        ),
        migrations.AddField(
            model_name="message",
            name="sent_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="delivered_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="failed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="error_code",
            field=models.IntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="error_text",
            field=models.CharField(blank=True, db_default="", max_length=500),
        ),
        migrations.AddField(
            model_name="message",
            name="pricing_category",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddField(
            model_name="message",
            name="pricing_type",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                F("conversation"),
                F("happened_at").desc(),
                F("id").desc(),
                name="whatsapp_message_thread",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=BrinIndex(fields=["created_at"], name="whatsapp_message_created"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("external_message_id",), name="whatsapp_message_wamid_once"
            ),
        ),
        CreateModelBesideOld(
            name="Media",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        null=True,
                        on_delete=deletion.CASCADE,
                        related_name="media",
                        to="whatsapp.message",
                    ),
                ),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=deletion.PROTECT, related_name="+", to="whatsapp.businessnumber"
                    ),
                ),
                ("media_id", models.CharField(blank=True, db_default="", max_length=128)),
                ("mime_type", models.CharField(blank=True, db_default="", max_length=127)),
                ("filename", models.CharField(blank=True, db_default="", max_length=255)),
                ("sha256", models.CharField(blank=True, db_default="", max_length=64)),
                (
                    "size",
                    models.PositiveBigIntegerField(blank=True, null=True, verbose_name="bytes"),
                ),
                (
                    "file",
                    models.FileField(blank=True, storage=media_storage, upload_to="whatsapp/%Y/%m"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PENDING", "to be fetched"),
                            ("READY", "here"),
                            ("FAILED", "failed"),
                        ],
                        db_default="PENDING",
                        default="PENDING",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("error", models.CharField(blank=True, db_default="", max_length=255)),
                ("next_attempt_at", models.DateTimeField(db_default=Now())),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "verbose_name": "media file",
                "verbose_name_plural": "media files",
                "db_table": "whatsapp_media",
                "ordering": ("id",),
                "indexes": [
                    models.Index(
                        condition=Q(("state", "PENDING")),
                        fields=["next_attempt_at", "id"],
                        name="whatsapp_media_due",
                    )
                ],
            },
        ),
        CreateModelBesideOld(
            name="MessageAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=deletion.CASCADE,
                        related_name="attempt_rows",
                        to="whatsapp.message",
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(verbose_name="attempt")),
                ("departed_at", models.DateTimeField(null=True, verbose_name="departed at")),
                ("wamid", models.TextField(blank=True, null=True)),
                ("outcome", models.CharField(max_length=16, verbose_name="outcome")),
                ("error_code", models.IntegerField(null=True, verbose_name="code")),
                (
                    "error_text",
                    models.CharField(
                        blank=True, db_default="", max_length=500, verbose_name="error"
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "verbose_name": "attempt",
                "verbose_name_plural": "attempts",
                "db_table": "whatsapp_message_attempts",
                "ordering": ("message", "attempt", "id"),
                "indexes": [models.Index(fields=["wamid"], name="whatsapp_attempt_wamid")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("message", "attempt"), name="whatsapp_attempt_once"
                    )
                ],
            },
        ),
        CreateModelBesideOld(
            name="OutboxItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(db_default="MESSAGE", default="MESSAGE", max_length=16)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=deletion.CASCADE,
                        related_name="outbox_items",
                        to="whatsapp.message",
                    ),
                ),
                (
                    "number",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=deletion.PROTECT,
                        related_name="+",
                        to="whatsapp.businessnumber",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=deletion.PROTECT,
                        related_name="+",
                        to="whatsapp.contact",
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "Reply"), (1, "Notice"), (2, "Broadcast")],
                        db_default=0,
                        default=0,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PENDING", "Pending"),
                            ("CLAIMED", "Claimed"),
                            ("UNCONFIRMED", "Unconfirmed"),
                            ("HELD", "Held"),
                            ("FAILED", "Failed"),
                        ],
                        db_default="PENDING",
                        default="PENDING",
                        max_length=16,
                    ),
                ),
                ("next_attempt_at", models.DateTimeField(db_default=Now())),
                ("retries", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("waits", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("epoch", models.BigIntegerField(db_default=0, default=0)),
                ("departed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reason",
                    models.CharField(
                        blank=True, db_default="", max_length=255, verbose_name="reason"
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "verbose_name": "outbox item",
                "verbose_name_plural": "outbox",
                "db_table": "whatsapp_outbox",
                "ordering": ("priority", "next_attempt_at", "id"),
                "indexes": [
                    models.Index(
                        condition=Q(("state", "PENDING")),
                        fields=["number", "priority", "next_attempt_at", "id"],
                        name="whatsapp_outbox_due",
                    ),
                    models.Index(
                        condition=Q(("state", "CLAIMED")),
                        fields=["number", "epoch"],
                        name="whatsapp_outbox_claimed",
                    ),
                    models.Index(
                        condition=Q(("state__in", ("UNCONFIRMED", "HELD", "FAILED"))),
                        fields=["state", "id"],
                        name="whatsapp_outbox_trouble",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("message", "kind"), name="whatsapp_outbox_once")
                ],
            },
        ),
        CreateModelBesideOld(
            name="SenderState",
            fields=[
                (
                    "number",
                    models.OneToOneField(
                        on_delete=deletion.CASCADE,
                        primary_key=True,
                        related_name="sender_state",
                        serialize=False,
                        to="whatsapp.businessnumber",
                    ),
                ),
                (
                    "holder",
                    models.CharField(
                        blank=True, db_default="", max_length=128, verbose_name="holder"
                    ),
                ),
                ("epoch", models.BigIntegerField(db_default=0, default=0, verbose_name="epoch")),
                ("lease_until", models.DateTimeField(null=True, verbose_name="lease until")),
                (
                    "departures",
                    models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
                ),
                (
                    "breaker",
                    models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
                ),
            ],
            options={
                "verbose_name": "sender state",
                "verbose_name_plural": "sender states",
                "db_table": "whatsapp_sender_state",
            },
        ),
        CreateModelBesideOld(
            name="OrderNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=deletion.SET_NULL,
                        related_name="+",
                        to=settings.WHATSAPP_ORDER_MODEL,
                        verbose_name="order",
                    ),
                ),
                ("event", models.CharField(max_length=32, verbose_name="event")),
                (
                    "occurrence",
                    models.CharField(
                        blank=True, db_default="", max_length=64, verbose_name="occurrence"
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("waiting", "waiting"),
                            ("sent", "sent"),
                            ("suppressed", "suppressed"),
                            ("failed", "failed"),
                        ],
                        db_default="pending",
                        default="pending",
                        max_length=16,
                        verbose_name="decision",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, db_default="", max_length=255, verbose_name="reason"
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=deletion.SET_NULL,
                        related_name="order_notice",
                        to="whatsapp.message",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("next_attempt_at", models.DateTimeField(db_default=Now())),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="decided at"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=Now(), editable=False, verbose_name="created at"
                    ),
                ),
            ],
            options={
                "verbose_name": "order notice",
                "verbose_name_plural": "order notices",
                "db_table": "whatsapp_order_notices",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        condition=Q(("decision__in", ("pending", "waiting"))),
                        fields=["next_attempt_at", "id"],
                        name="whatsapp_notice_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "event", "occurrence"), name="whatsapp_notice_once"
                    )
                ],
            },
        ),
        CreateModelBesideOld(
            name="WebhookEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("idempotency_key", models.TextField(verbose_name="idempotency key")),
                (
                    "field",
                    models.CharField(
                        blank=True, db_default="", max_length=64, verbose_name="field"
                    ),
                ),
                ("phone_number_id", models.CharField(blank=True, db_default="", max_length=64)),
                ("payload", models.TextField(verbose_name="payload")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("processed", "processed"),
                            ("failed", "failed"),
                        ],
                        db_default="pending",
                        default="pending",
                        max_length=16,
                        verbose_name="status",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True, db_default="", max_length=16, verbose_name="outcome"
                    ),
                ),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="attempts"
                    ),
                ),
                ("next_attempt_at", models.DateTimeField(db_default=Now())),
                (
                    "error",
                    models.CharField(
                        blank=True, db_default="", max_length=500, verbose_name="reason"
                    ),
                ),
                (
                    "received_at",
                    models.DateTimeField(
                        db_default=Now(), editable=False, verbose_name="received at"
                    ),
                ),
                (
                    "processed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="processed at"),
                ),
            ],
            options={
                "verbose_name": "webhook event",
                "verbose_name_plural": "webhook events",
                "db_table": "whatsapp_webhook_events",
                "ordering": ("-id",),
                "permissions": (("replay_webhookevent", "Can replay webhook events"),),
                "indexes": [
                    models.Index(
                        condition=Q(("status", "pending")),
                        fields=["next_attempt_at", "id"],
                        name="whatsapp_event_due",
                    ),
                    models.Index(
                        condition=Q(("status", "failed")), fields=["id"], name="whatsapp_event_dead"
                    ),
                    models.Index(
                        condition=Q(("status", "processed")),
                        fields=["processed_at"],
                        name="whatsapp_event_done",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("idempotency_key",), name="whatsapp_event_once")
                ],
            },
        ),
        fillfactor(table="whatsapp_conversations", percent=80),
        fillfactor(table="whatsapp_outbox", percent=70),
    ]
