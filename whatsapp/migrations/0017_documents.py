"""Papers that are sent as files, the answers to quotes, and what suppliers are asked for."""

import uuid

import django.contrib.postgres.functions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import CASCADE, SET_NULL

NOW = django.db.models.functions.datetime.Now()
KINDS = ("order", "invoice", "quote", "supplier_order")
ANSWERS = ("accepted", "question")


class Migration(migrations.Migration):
    dependencies = [
        ("whatsapp", "0016_change_log"),
        migrations.swappable_dependency(settings.WHATSAPP_QUOTE_MODEL),
        migrations.swappable_dependency(settings.WHATSAPP_SUPPLIER_ORDER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="supplier_order",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=SET_NULL,
                related_name="+",
                to=settings.WHATSAPP_SUPPLIER_ORDER_MODEL,
                verbose_name="supplier order",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("supplier_order__isnull", False)),
                fields=["supplier_order"],
                name="whatsapp_message_supplier",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                models.F("contact"),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("supplier_order__isnull", False)),
                name="whatsapp_message_supplier_last",
            ),
        ),
        migrations.CreateModel(
            name="SentDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[(kind, kind) for kind in KINDS],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("document_id", models.BigIntegerField()),
                (
                    "token",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        default=uuid.uuid4,
                        editable=False,
                        unique=True,
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=NOW, editable=False)),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=CASCADE, related_name="sent_document", to="whatsapp.message"
                    ),
                ),
                (
                    "owed",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=SET_NULL,
                        related_name="+",
                        to="whatsapp.media",
                    ),
                ),
            ],
            options={
                "verbose_name": "sent document",
                "verbose_name_plural": "sent documents",
                "db_table": "whatsapp_sent_documents",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        fields=["kind", "document_id", "-id"], name="whatsapp_sent_document_paper"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QuoteAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[(answer, answer) for answer in ANSWERS],
                        max_length=16,
                        verbose_name="answer",
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=NOW, editable=False)),
                (
                    "document",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=CASCADE,
                        related_name="answers",
                        to="whatsapp.sentdocument",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(on_delete=CASCADE, related_name="+", to="whatsapp.message"),
                ),
                (
                    "quote",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=SET_NULL,
                        related_name="+",
                        to=settings.WHATSAPP_QUOTE_MODEL,
                        verbose_name="quote",
                    ),
                ),
            ],
            options={
                "verbose_name": "quote answer",
                "verbose_name_plural": "quote answers",
                "db_table": "whatsapp_quote_answers",
                "ordering": ("-id",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("document", "answer"), name="whatsapp_quote_answer_once"
                    )
                ],
            },
        ),
    ]
