"""What became of the attempts to send a message that did not end in plain acceptance."""

from __future__ import annotations

from rest_framework import serializers

from whatsapp.models import MessageAttempt


class AttemptSerializer(serializers.ModelSerializer[MessageAttempt]):
    """One attempt, and how it ended."""

    outcome = serializers.CharField(
        help_text="RETRY, WAIT, HOLD, FAIL: what was decided. UNCONFIRMED: it left and no answer "
        "came. FAILED: Meta took it and failed it. SURPRISE: Meta took it beside another attempt. "
        "DOUBLED: and it arrived too."
    )

    class Meta:
        model = MessageAttempt
        fields = ("attempt", "outcome", "departed_at", "error_code", "error_text", "wamid")
        read_only_fields = fields
