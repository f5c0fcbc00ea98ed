"""The messages: the seed's table, created, or adopted with its rows where the ERP has it."""

from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import SET_NULL
from django.db.models.functions import Now

from whatsapp.migrations.operations.adopt_or_create import AdoptOrCreateModel


def key_of(model: str, verbose_name: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=SET_NULL,
        related_name="+",
        to=model,
        verbose_name=verbose_name,
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.WHATSAPP_CUSTOMER_MODEL),
        migrations.swappable_dependency(settings.WHATSAPP_ORDER_MODEL),
        migrations.swappable_dependency(settings.WHATSAPP_QUOTE_MODEL),
    ]

    operations = [
        AdoptOrCreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer", key_of(settings.WHATSAPP_CUSTOMER_MODEL, "customer")),
                ("user", key_of(settings.AUTH_USER_MODEL, "agent")),
                (
                    "phone_number",
                    models.CharField(blank=True, max_length=20, null=True, verbose_name="phone"),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("SENT", "Sent"), ("RECEIVED", "Received")],
                        max_length=16,
                        verbose_name="direction",
                    ),
                ),
                ("message_type", models.CharField(max_length=32, verbose_name="type")),
                ("message_text", models.TextField(verbose_name="text")),
                ("order", key_of(settings.WHATSAPP_ORDER_MODEL, "order")),
                ("quote", key_of(settings.WHATSAPP_QUOTE_MODEL, "quote")),
                (
                    "external_message_id",
                    models.TextField(blank=True, null=True, verbose_name="wamid"),
                ),
                (
                    "delivery_status",
                    models.CharField(blank=True, max_length=50, null=True, verbose_name="status"),
                ),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read at")),
                ("created_at", models.DateTimeField(db_default=Now(), verbose_name="created at")),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "db_table": "whatsapp_messages",
                "ordering": ("-id",),
                "permissions": (("send_message", "Can send messages"),),
            },
        ),
    ]
