"""Entity tags of a conversation: ``"<state>.<whole>"``.

The first half changes with what agents decide, the second with anything that is shown. ``If-Match``
asks for the first alone: a message that comes meanwhile is no reason to refuse an assignment.
``If-None-Match`` asks for both.
"""

from __future__ import annotations

import hashlib

from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api.renderers import JSONRenderer
from whatsapp.models import Conversation
from whatsapp.services import conversations
from whatsapp.services.shared import visibility

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` you have seen: 412 if somebody has assigned, resolved, reopened, "
    "archived, tagged or prioritised the conversation since.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` you have: 304, without a body, while nothing has changed.",
)


def tagged(response: Response, row: Conversation, *, request: Request) -> Response:
    """Put the tag on an answer that shows the conversation, to this user."""
    shown = visibility.without_phones(response.data, user=request.user)
    whole = hashlib.sha256(JSONRenderer().render(shown)).hexdigest()[:20]
    response["ETag"] = f'"{conversations.state_of(row)}.{whole}"'
    return response


def unless_known(response: Response, *, request: Request) -> Response:
    """Answer 304 if the client has this very answer already."""
    response["Cache-Control"] = "private, no-cache"
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or response["ETag"] in {tag.removeprefix("W/") for tag in known}:
        headers = {name: response[name] for name in ("ETag", "Cache-Control")}
        return Response(status=304, headers=headers)
    return response


def states_seen(request: Request) -> frozenset[str] | None:
    """Read the states that the client has seen; None if it does not say, or takes any.

    A proxy that compresses calls our tags weak; they are what they were.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    return frozenset(
        tag.removeprefix("W/").strip('"').partition(".")[0] for tag in parse_etags(header)
    )
