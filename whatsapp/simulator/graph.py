"""The Graph API: any version, one token, paths to handlers."""

import asyncio
import re
from collections.abc import Awaitable
from sys import intern

from whatsapp.simulator import graph_account, graph_analytics, graph_media, graph_templates
from whatsapp.simulator.breakage import expired_token, under
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.faults import CALL, MIDWAY
from whatsapp.simulator.graph_messages import post_message
from whatsapp.simulator.http import Outcome, Request, Response, answer
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.world import Call, Number

VERSIONED = re.compile(r"/v\d+\.\d+/(.+)")
OLDEST_USABLE = 21


class Graph:
    """Serves Meta's paths."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim

    async def respond(self, request: Request, path: str) -> Outcome:
        """Answer one call; `path` is what follows the version."""
        try:
            self._authorise(request)
            outcome = await self._route(request, path.rstrip("/").split("/"))
        except GraphError as error:
            outcome = error.response()
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # A shape that no rule foresaw is a wrong parameter, as it is at Meta, and no crash.
            outcome = GraphError(100, f"The body has an unexpected shape: {error!r}.").response()
        if self._sim.settings.latency_ms:
            await asyncio.sleep(self._sim.settings.latency_ms / 1000)
        if isinstance(outcome, Response):
            version = request.path.split("/", 2)[1]
            outcome.headers += (("facebook-api-version", _served(version)),)
        self._log(request, outcome)
        return outcome

    def _authorise(self, request: Request) -> None:
        header = request.headers.get(b"authorization", b"").decode("latin-1")
        token = header.removeprefix("Bearer ").removeprefix("OAuth ").strip()
        token = token or request.query.get("access_token", "")
        if not token:
            raise GraphError(104)
        if token != self._sim.settings.access_token:
            raise expired_token()

    def _log(self, request: Request, outcome: Outcome) -> None:
        world = self._sim.world
        world.requests_seen += 1
        answered = outcome if isinstance(outcome, Response) else Response(status=0)
        world.requests.append(
            Call(
                seq=world.requests_seen,
                arrived_at=request.arrived_at,
                arrived_monotonic=request.arrived_monotonic,
                method=request.method,
                path=intern(request.path),
                status=answered.status,
                code=answered.code,
                wamid=getattr(outcome, "wamid", ""),
            )
        )

    async def _route(self, request: Request, parts: list[str]) -> Outcome:
        number = self._sim.world.numbers.get(parts[0])
        if number is not None and parts[1:] == ["messages"] and request.method == "POST":
            return await post_message(self._sim, request, number)
        endpoint = _endpoint(parts)
        is_piece = request.method == "POST" and parts[0].startswith("upload:")
        if is_piece and self._sim.faults.take(MIDWAY, endpoint=endpoint):
            return self._sim.uploads.break_off(request, parts[0])
        fault = self._sim.faults.take(CALL, endpoint=endpoint, number=parts[0])
        return await under(fault, lambda: self._answer(request, parts, number))

    def _answer(
        self, request: Request, parts: list[str], number: Number | None
    ) -> Response | Awaitable[Response]:
        if number is not None:
            return self._number(request, parts[1:], number)
        if parts[0] == self._sim.settings.waba_id:
            return self._account(request, parts[1:], parts[0])
        if parts == ["debug_token"]:
            return graph_account.debug_token(self._sim, request)
        if parts == [self._sim.settings.app_id, "uploads"] and request.method == "POST":
            return self._sim.uploads.open(request)
        if parts[0].startswith("upload:"):
            return self._upload(request, parts[0])
        return self._object(request, parts)

    def _number(self, request: Request, tail: list[str], number: Number) -> Response:
        match request.method, tail:
            case "GET", []:
                return graph_account.get_number(self._sim, request, number)
            case "POST", ["media"]:
                return graph_media.upload(self._sim, request, number)
            case "POST", ["register" | "deregister"]:
                return answer({"success": True})
        raise unknown(request)

    def _account(
        self, request: Request, tail: list[str], waba_id: str
    ) -> Response | Awaitable[Response]:
        match request.method, tail:
            case "GET", [] if graph_analytics.asked_for(request):
                return graph_analytics.get_analytics(self._sim, request, waba_id)
            case "GET", []:
                return graph_account.get_account(self._sim, request, waba_id)
            case "GET", ["phone_numbers"]:
                return graph_account.list_numbers(self._sim, request, waba_id)
            case "GET", ["message_templates"]:
                return graph_templates.list_templates(self._sim, request, waba_id)
            case "POST", ["message_templates"]:
                return graph_templates.create_template(self._sim, request, waba_id)
            case "DELETE", ["message_templates"]:
                return graph_templates.delete_templates(self._sim, request, waba_id)
            case "GET", ["subscribed_apps"]:
                return graph_account.list_subscriptions(self._sim, waba_id)
            case "POST", ["subscribed_apps"]:
                return graph_account.subscribe(self._sim, request, waba_id)
            case "DELETE", ["subscribed_apps"]:
                return graph_account.unsubscribe(self._sim, waba_id)
        raise unknown(request)

    def _upload(self, request: Request, session: str) -> Response:
        if request.method == "GET":
            return self._sim.uploads.offset(request, session)
        return self._sim.uploads.write(request, session)

    def _object(self, request: Request, parts: list[str]) -> Response:
        template = self._sim.templates.by_id.get(parts[0])
        medium = self._sim.media.get(parts[0])
        match request.method, parts[1:]:
            case "GET", [] if template:
                return graph_templates.get_template(self._sim, request, template)
            case "POST", [] if template:
                return graph_templates.edit_template(self._sim, request, template)
            case "POST", ["unpause"] if template:
                return graph_templates.unpause_template(self._sim, template)
            case "GET", [] if medium:
                return graph_media.describe(self._sim, request, medium)
            case "DELETE", [] if medium:
                return graph_media.delete(self._sim, medium)
        raise unknown(request)


def unknown(request: Request) -> GraphError:
    """Return the error of an object that is not there."""
    return GraphError(
        100,
        f"Unsupported {request.method.lower()} request. Object does not exist, cannot be loaded"
        " due to missing permissions, or does not support this operation.",
        subcode=33,
    )


def _endpoint(parts: list[str]) -> str:
    if "media" in parts[1:] or parts[0].startswith("900"):
        return "media"
    if "uploads" in parts[1:] or parts[0].startswith("upload:"):
        return "uploads"
    return "templates" if "message_templates" in parts else "account"


def _served(version: str) -> str:
    major = int(version[1:].split(".")[0])
    return version if major >= OLDEST_USABLE else f"v{OLDEST_USABLE}.0"
