"""What a fault makes of a call, before it is taken or after."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.faults import BEFORE_CALL, Fault, Kind
from whatsapp.simulator.http import Cut, Outcome, Response

BAD_GATEWAY = (
    b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
)


Respond = Callable[[], Response | Awaitable[Response]]


async def under(fault: Fault | None, respond: Respond) -> Outcome:
    """Answer a call, with the fault it is to have, if any."""
    if fault is not None and fault.kind in BEFORE_CALL:
        return refuse(fault)
    response = respond()
    if not isinstance(response, Response):
        response = await response
    return response if fault is None else await spoil(fault, response)


def refuse(fault: Fault) -> Outcome:
    """Answer a call that was not taken."""
    match fault.kind:
        case Kind.HTTP_429:
            return GraphError(4, status=429, retry_after=fault.retry_after).response()
        case Kind.TOKEN_EXPIRED:
            return expired_token().response()
        case Kind.SERVER_ERROR_BEFORE:
            return GraphError(fault.code or 131000, status=fault.status or 500).response()
        case Kind.EMPTY_500_BEFORE:
            return Response(status=500)
        case Kind.HTML_502_BEFORE:
            return Response(status=502, body=BAD_GATEWAY, content_type="text/html")
        case Kind.HANG_BEFORE:
            return Cut(hold=fault.seconds)
        case Kind.RESET_BEFORE:
            return Cut()
        case _:
            error = GraphError(
                fault.code,
                "Simulated on request.",
                status=fault.status,
                retry_after=fault.retry_after,
            )
            return error.response()


async def spoil(fault: Fault, response: Response) -> Outcome:
    """Lose or distort the answer of a call that was taken."""
    match fault.kind:
        case Kind.SLOW:
            await asyncio.sleep(fault.seconds)
            return response
        case Kind.HANG_AFTER:
            return Cut(hold=fault.seconds, wamid=response.wamid)
        case Kind.RESET_AFTER:
            return Cut(wamid=response.wamid)
        case Kind.HTML_502_AFTER:
            return replace(response, status=502, body=BAD_GATEWAY, content_type="text/html")
        case _:
            error = GraphError(fault.code or 131000, status=fault.status or 500)
            return replace(error.response(), wamid=response.wamid)


def expired_token() -> GraphError:
    """Return the error of a token that no longer counts."""
    return GraphError(190, subcode=463)
