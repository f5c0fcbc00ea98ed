"""What Meta refuses at once in a message, type by type (limits: Cloud API, November 2026)."""

import re
from collections.abc import Callable

from whatsapp.simulator.checks import id_or_link, items, require, section, text
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.interactive_rules import check_interactive

CALLBACK_LENGTH = 512
NAME_PARTS = ("first_name", "last_name", "middle_name", "prefix", "suffix")
BIRTHDAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def check_message(body: Json) -> str:
    """Return the type of a body that is well formed; raises 100, 131008 or 131009."""
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    if not body.get("to") and not body.get("recipient"):
        raise GraphError(100, "The parameter to is required.")
    if len(str(body.get("biz_opaque_callback_data", ""))) > CALLBACK_LENGTH:
        raise GraphError(
            100, f"Param biz_opaque_callback_data must be at most {CALLBACK_LENGTH} characters."
        )
    kind = str(body.get("type", "text"))
    check = TYPES.get(kind)
    if check is None:
        raise GraphError(100, f"Param type must be one of {{{', '.join(TYPES).upper()}}}.")
    _check_context(body, kind)
    check(body)
    return kind


def _check_context(body: Json, kind: str) -> None:
    if "context" not in body:
        return
    if kind == "reaction":
        raise GraphError(131009, "A reaction must not have a context.")
    require(section(body, "context", path="message"), "message_id", path="context")


def _text(body: Json) -> None:
    text(section(body, "text", path="message"), "body", path="text", most=4096)


def _media(kind: str, *, caption: int) -> Callable[[Json], None]:
    def check(body: Json) -> None:
        medium = section(body, kind, path="message")
        id_or_link(medium, path=kind)
        if medium.get("caption") and not caption:
            raise GraphError(100, f"Param {kind} must not have a caption.")
        text(medium, "caption", path=kind, most=caption, needed=False)
        for name, owner in (("filename", "document"), ("voice", "audio")):
            if name in medium and kind != owner:
                raise GraphError(100, f"Unexpected key '{name}' on param '{kind}'.")

    return check


def _location(body: Json) -> None:
    place = section(body, "location", path="message")
    for name, limit in (("latitude", 90), ("longitude", 180)):
        try:
            value = float(require(place, name, path="location"))
        except (TypeError, ValueError) as error:
            raise GraphError(131009, f"location.{name} is not a number.") from error
        if abs(value) > limit:
            raise GraphError(131009, f"location.{name} is out of range.")


def _contacts(body: Json) -> None:
    for card in items(body, "contacts", path="message", most=257):
        name = section(card, "name", path="contacts")
        text(name, "formatted_name", path="name", most=4096)
        if not any(name.get(part) for part in NAME_PARTS):
            raise GraphError(131008, f"contacts.name needs one of {', '.join(NAME_PARTS)}.")
        for many, one in (("phones", "phone"), ("emails", "email"), ("urls", "url")):
            for entry in items(card, many, path="contacts", most=257) if many in card else []:
                text(entry, one, path=many, most=4096)
        if not BIRTHDAY.fullmatch(str(card.get("birthday", "2000-01-01"))):
            raise GraphError(131009, "contacts.birthday must be written as YYYY-MM-DD.")


def _reaction(body: Json) -> None:
    reaction = section(body, "reaction", path="message")
    require(reaction, "message_id", path="reaction")
    if "emoji" not in reaction:
        raise GraphError(131008, "Parameter 'reaction.emoji' is required; empty removes.")
    if any(sign.isalpha() for sign in str(reaction["emoji"])):
        raise GraphError(131009, "reaction.emoji is not an emoji.")


def _interactive(body: Json) -> None:
    check_interactive(section(body, "interactive", path="message"))


def _template(body: Json) -> None:
    template = section(body, "template", path="message")
    text(template, "name", path="template", most=512)
    text(section(template, "language", path="template"), "code", path="language", most=20)


TYPES: dict[str, Callable[[Json], None]] = {
    "text": _text,
    "image": _media("image", caption=1024),
    "video": _media("video", caption=1024),
    "audio": _media("audio", caption=0),
    "document": _media("document", caption=1024),
    "sticker": _media("sticker", caption=0),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": _interactive,
    "template": _template,
}
