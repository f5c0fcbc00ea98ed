"""Samples of header files: checked here, uploaded to Meta, named in the header by their handle.

Meta's reviewers look at the sample; what customers get is given at each sending.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from whatsapp.domain.content import MediaKind
from whatsapp.domain.template_parts import find_part
from whatsapp.errors import NotFoundError, ValidationError
from whatsapp.models import Template
from whatsapp.services import templates
from whatsapp.services.outgoing.uploads import AnyFile, check_upload
from whatsapp.services.shared import accounts
from whatsapp.wiring import gateway

# What a resumable upload takes, by the header's format; sizes are those of messages
TYPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "IMAGE": frozenset({"image/jpeg", "image/png"}),
        "VIDEO": frozenset({"video/mp4"}),
        "DOCUMENT": frozenset({"application/pdf"}),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A file that Meta has, as a template's header names it; ``size`` in bytes."""

    header: dict[str, Any]
    handle: str
    filename: str
    mime_type: str
    size: int


def upload(*, header_format: str, file: AnyFile, waba_id: str = "") -> Sample:
    """Upload a file for the header of a new template, in the default account unless told otherwise.

    Its real type and size are checked first. Calls Meta, in several requests: not for use inside a
    transaction. Raises ValidationError, MediaTooLargeError, GatewayError.
    """
    kind = header_format.upper()
    if kind not in TYPES:
        raise ValidationError(
            "A header with a file is an IMAGE, a VIDEO or a DOCUMENT.", details={"field": "format"}
        )
    checked = check_upload(kind=MediaKind(kind.lower()), file=file)
    if checked.mime_type not in TYPES[kind]:
        raise ValidationError(
            f"Meta takes no {checked.mime_type} as the sample of a header.",
            details={"field": "file", "allowed": sorted(TYPES[kind])},
        )
    credentials = accounts.credentials(waba_id=waba_id or accounts.default_account())
    checked.file.seek(0)
    handle = gateway().upload_sample(
        file=checked.file,
        size=checked.size,
        mime_type=checked.mime_type,
        filename=checked.name or "sample",
        credentials=credentials,
    )
    return Sample(
        header={"type": "HEADER", "format": kind, "example": {"header_handle": [handle]}},
        handle=handle,
        filename=checked.name,
        mime_type=checked.mime_type,
        size=checked.size,
    )


def no_file() -> ValidationError:
    """The error of a request that brings no file."""
    return ValidationError("Choose a file.", details={"field": "sample"})


def put(*, template_id: int, file: AnyFile, by_id: int | None = None) -> Template:
    """Upload a new sample for a template's header, and name it there; a draft afterwards.

    Raises as ``upload`` and ``templates.change``; NotFoundError.
    """
    row = Template.objects.present().filter(pk=template_id).first()
    if row is None:
        raise NotFoundError("There is no such template.", details={"field": "template"})
    header = find_part(row.components, "HEADER")
    kind = str(header.get("format") or "")
    sample = upload(header_format=kind, file=file, waba_id=row.waba_id)
    components = [sample.header if part is header else part for part in row.components]
    return templates.change(template_id=template_id, by_id=by_id, components=components)
