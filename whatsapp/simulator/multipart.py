"""Uploads as browsers and `requests` write them: multipart/form-data, in memory."""

import re
from dataclasses import dataclass

BOUNDARY = re.compile(rb'boundary="?([^";]+)"?', re.IGNORECASE)
PARAMETER = re.compile(rb'(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
CONTENT_TYPE = re.compile(rb"^content-type:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field of the form."""

    data: bytes
    filename: str
    content_type: str


def parts_of(content_type: bytes, body: bytes) -> dict[str, Part]:
    """Return the fields by name; raises `ValueError` for a body that is no form."""
    found = BOUNDARY.search(content_type)
    if found is None:
        raise ValueError("no boundary in the Content-Type")
    parts: dict[str, Part] = {}
    for piece in body.split(b"--" + found[1])[1:-1]:
        head, _, data = piece.partition(b"\r\n\r\n")
        names = {key.lower(): value.decode() for key, value in PARAMETER.findall(head)}
        kind = CONTENT_TYPE.search(head)
        parts[names.get(b"name", "")] = Part(
            data=data.removesuffix(b"\r\n"),
            filename=names.get(b"filename", ""),
            content_type=kind[1].decode() if kind else "",
        )
    return parts
