"""What Meta refuses in a template because of what it has seen before: files and other templates."""

from collections.abc import Iterable, Mapping

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.graph_uploads import HEADERS_OF_TYPE
from whatsapp.simulator.template import Template
from whatsapp.simulator.template_rules import refusal

GIVEN_UP = ("REJECTED", "DISABLED")


def check_sample(values: Json, handles: Mapping[str, str]) -> None:
    """Refuse a header's file that was never uploaded, or is of another kind."""
    for part in values["components"]:
        kind = str(part.get("format", "")).upper()
        if str(part["type"]).upper() != "HEADER" or kind in ("", "TEXT", "LOCATION"):
            continue
        (handle, *_) = (part.get("example") or {}).get("header_handle") or [""]
        if handle not in handles:
            raise refusal("The media handle is invalid or has expired.", subcode=2388047)
        if kind not in HEADERS_OF_TYPE[handles[handle]]:
            raise refusal(f"The sample of a header {kind} is of another type.", subcode=2388047)


def check_copy(values: Json, others: Iterable[Template]) -> None:
    """Refuse the body and footer of another template of the language; codes are all alike."""
    if str(values["category"]).upper() == "AUTHENTICATION":
        return
    said = _said(values["components"])
    if any(_said(one.components) == said for one in others if one.status not in GIVEN_UP):
        raise refusal("Another template has the same body and footer.")


def _said(components: Iterable[Json]) -> tuple[str, str]:
    texts = {str(part["type"]).upper(): str(part.get("text", "")) for part in components}
    return " ".join(texts.get("BODY", "").split()), " ".join(texts.get("FOOTER", "").split())
