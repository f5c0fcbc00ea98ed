"""Meta's Cloud API over HTTP: the shipped ``ports.WhatsAppGateway``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import IO

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.content import Outgoing
from whatsapp.errors import ValidationError
from whatsapp.gateway import analytics, definitions, downloads, payloads, samples
from whatsapp.gateway.errors import unreadable_answer
from whatsapp.gateway.graph import Graph, required
from whatsapp.gateway.reading import elements, first, record, text
from whatsapp.gateway.transport import Bearer, Transport
from whatsapp.gateway.uploads import FileForm
from whatsapp.ports import (
    OPEN_GATE,
    Accepted,
    Credentials,
    DayCount,
    DepartureGate,
    Download,
    GatewayError,
    NumberHealth,
    TemplateDefinition,
)

_PAGE = 100
_HEALTH_FIELDS = "display_phone_number,verified_name,quality_rating,status"


LONGEST_WAMID = 512  # characters; a B-tree refuses keys beyond 2,704 bytes


class CloudApiGateway:
    """Thread-safe. Graph v25.0; every method raises GatewayError, none but a sample tries twice."""

    def __init__(self) -> None:
        self._transport = Transport()
        self._graph = Graph(self._transport)

    def send(
        self, outgoing: Outgoing, *, credentials: Credentials, gate: DepartureGate = OPEN_GATE
    ) -> Accepted:
        """Send one message, in exactly one request, when the gate lets it.

        If the gate says no, the failure is NOT_SENT with the details 'held back'.
        """
        answer = self._graph.post(
            (credentials.phone_number_id, "messages"),
            credentials=credentials,
            json_body=payloads.message_body(outgoing),
            gate=gate,
        )
        wamid = text(first(answer.get("messages")).get("id"))
        if not 0 < len(wamid) <= LONGEST_WAMID:
            raise GatewayError(unreadable_answer(http_status=200, missing="The message's id"))
        contact = first(answer.get("contacts"))
        return Accepted(
            wamid=wamid, wa_id=text(contact.get("wa_id")), bsuid=text(contact.get("user_id"))
        )

    def mark_read(
        self,
        wamid: str,
        *,
        credentials: Credentials,
        typing: bool = False,
        gate: DepartureGate = OPEN_GATE,
    ) -> None:
        """Mark a customer's message, and those before it, as read; or say that we are typing."""
        self._graph.post(
            (credentials.phone_number_id, "messages"),
            credentials=credentials,
            json_body=payloads.read_body(wamid, typing=typing),
            gate=gate,
        )

    def upload_media(
        self, *, file: IO[bytes], size: int, mime_type: str, filename: str, credentials: Credentials
    ) -> str:
        """Give Meta a file for 30 days and return its media id; ``size`` in bytes.

        It is read while it leaves, in blocks: the connect timeout bounds each, not the whole.
        """
        form = FileForm(file=file, size=size, mime_type=mime_type, filename=filename)
        answer = self._graph.call(
            "POST",
            (credentials.phone_number_id, "media"),
            credentials=credentials,
            data=form,
            headers={"Content-Type": form.content_type},
        )
        return required(answer, "id")

    def download_media(
        self, media_id: str, *, into: IO[bytes], credentials: Credentials
    ) -> Download:
        """Fetch a customer's file, by a fresh address; MediaTooLargeError beyond the cap."""
        info = self._graph.call(
            "GET",
            (media_id,),
            credentials=credentials,
            params={"phone_number_id": credentials.phone_number_id},
        )
        required(info, "url")
        auth = Bearer(credentials.token)
        return downloads.fetch(transport=self._transport, info=info, auth=auth, into=into)

    def upload_sample(
        self, *, file: IO[bytes], size: int, mime_type: str, filename: str, credentials: Credentials
    ) -> str:
        """Give Meta the sample of a template's header and return its handle; see ``samples``.

        ValidationError without the app's id, to which uploads belong.
        """
        app_id = whatsapp_settings().app_id
        if not app_id:
            raise ValidationError(
                "Set WHATSAPP_APP_ID: Meta takes samples for an app.", details={"field": "app_id"}
            )
        sample = samples.Sample(
            app_id=app_id, file=file, size=size, mime_type=mime_type, filename=filename
        )
        return samples.upload(graph=self._graph, sample=sample, credentials=credentials)

    def list_templates(self, *, credentials: Credentials) -> Iterator[TemplateDefinition]:
        """Yield every template of the account, following its pages one call at a time."""
        params = {"fields": definitions.FIELDS, "limit": str(_PAGE)}
        seen = {""}
        while True:
            page = self._graph.call(
                "GET",
                (credentials.waba_id, "message_templates"),
                credentials=credentials,
                params=params,
            )
            yield from map(definitions.read, map(record, elements(page.get("data"))))
            after = definitions.next_cursor(page)
            if not after:
                return
            if after in seen:  # half a list would look like deleted templates
                raise GatewayError(unreadable_answer(http_status=200, missing="The next page"))
            seen.add(after)
            params["after"] = after

    def submit_template(
        self, template: TemplateDefinition, *, credentials: Credentials
    ) -> TemplateDefinition:
        """Create the template, or edit it when it has a ``meta_id``; it then waits for review.

        The category returned may differ from the one asked for: Meta's word is final.
        """
        if template.meta_id:
            path: tuple[str, ...] = (template.meta_id,)
            body = definitions.edit_body(template)
        else:
            path = (credentials.waba_id, "message_templates")
            body = definitions.new_body(template)
        answer = self._graph.call("POST", path, credentials=credentials, json=body)
        return replace(
            template,
            meta_id=template.meta_id or required(answer, "id"),
            status=text(answer.get("status")).upper() or "PENDING",
            category=text(answer.get("category")).upper() or template.category,
        )

    def delete_template(self, *, name: str, meta_id: str, credentials: Credentials) -> None:
        """Delete a template in one language; ValidationError without an id, which means all."""
        if not meta_id:
            raise ValidationError(
                "Without its id, Meta would delete the template in every language.",
                details={"field": "meta_id"},
            )
        self._graph.call(
            "DELETE",
            (credentials.waba_id, "message_templates"),
            credentials=credentials,
            params={"hsm_id": meta_id, "name": name},
        )

    def check_health(self, *, credentials: Credentials) -> NumberHealth:
        """Ask what Meta says of the number."""
        answer = self._graph.call(
            "GET",
            (credentials.phone_number_id,),
            credentials=credentials,
            params={"fields": _HEALTH_FIELDS},
        )
        return NumberHealth(
            display_number=text(answer.get("display_phone_number")),
            status=text(answer.get("status")),
            quality=text(answer.get("quality_rating")),
            verified_name=text(answer.get("verified_name")),
        )

    def count_days(
        self, *, phone: str, start: datetime, end: datetime, credentials: Credentials
    ) -> Sequence[DayCount]:
        """Ask the account's analytics for one number's days between two midnights."""
        answer = self._graph.call(
            "GET",
            (credentials.waba_id,),
            credentials=credentials,
            params={"fields": analytics.field(phone=phone, start=start, end=end)},
        )
        return analytics.read(answer)
