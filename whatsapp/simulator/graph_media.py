"""Media over the Graph API: upload, URL, download, delete."""

from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.http import Request, Response, answer
from whatsapp.simulator.media import Medium
from whatsapp.simulator.multipart import parts_of
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.world import Number

MEGABYTE = 1024 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument."
LARGEST = {
    **dict.fromkeys(
        (
            "audio/aac",
            "audio/amr",
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
            "video/mp4",
            "video/3gpp",
        ),
        16 * MEGABYTE,
    ),
    **dict.fromkeys(("image/jpeg", "image/png"), 5 * MEGABYTE),
    "image/webp": 500 * 1024,
    **dict.fromkeys(
        (
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            OFFICE + "wordprocessingml.document",
            OFFICE + "spreadsheetml.sheet",
            OFFICE + "presentationml.presentation",
        ),
        100 * MEGABYTE,
    ),
}


def upload(sim: Simulator, request: Request, number: Number) -> Response:
    """Keep a file and answer with its id."""
    try:
        parts = parts_of(request.headers.get(b"content-type", b""), request.body)
    except ValueError as error:
        raise GraphError(100, f"The body is not a form: {error}.") from error
    if "file" not in parts:
        raise GraphError(100, "The parameter file is required.")
    if "messaging_product" not in parts or parts["messaging_product"].data != b"whatsapp":
        raise GraphError(100, "(#100) The parameter messaging_product is required.")
    part = parts["file"]
    mime_type = (part.content_type or _text(parts["type"].data if "type" in parts else b"")).strip()
    largest = LARGEST.get(mime_type.split(";")[0].strip())
    if largest is None:
        raise GraphError(
            100, f"Param file must be a file with one of the supported types; got {mime_type}."
        )
    if len(part.data) > largest or not part.data:
        raise GraphError(100, f"The file has {len(part.data)} bytes; 1 to {largest} are allowed.")
    medium = sim.media.put(
        number_id=number.id, mime_type=mime_type, data=part.data, filename=part.filename
    )
    return answer({"id": medium.id})


def describe(sim: Simulator, request: Request, medium: Medium) -> Response:
    """Answer with a new URL and what is known of the file; here the digest is hexadecimal."""
    owner = request.query.get("phone_number_id", medium.number_id)
    if owner != medium.number_id:
        raise GraphError(100, "The media does not belong to this phone number.")
    return answer(
        {
            "messaging_product": "whatsapp",
            "url": sim.media.url(medium, host=request.host_name),
            "mime_type": medium.mime_type,
            "sha256": medium.digest.hex(),
            "file_size": str(len(medium.data)),
            "id": medium.id,
        }
    )


def download(sim: Simulator, request: Request) -> Response:
    """Answer with the bytes; a wrong token, an old URL and an unknown file are all 404."""
    query = request.query
    medium = sim.media.by_token(query.get("mid", ""), query.get("hash", ""))
    bearer = request.headers.get(b"authorization", b"")
    if medium is None or bearer != f"Bearer {sim.settings.access_token}".encode():
        return Response(status=404, body=b"Not found", content_type="text/plain")
    return Response(body=medium.data, content_type=medium.mime_type)


def delete(sim: Simulator, medium: Medium) -> Response:
    """Forget a file."""
    sim.media.delete(medium.id)
    return answer({"success": True})


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
