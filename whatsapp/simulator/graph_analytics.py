"""An account's analytics: what the ledger says was sent and delivered, by day."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.faults import MISCOUNT
from whatsapp.simulator.http import Request, Response, answer
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.world import Accepted

LONGEST = 366  # days; Meta looks back a year
ARRIVED = ("delivered", "read")  # read implies delivered, which may never be told


def asked_for(request: Request) -> bool:
    """Tell whether an account is asked for its analytics."""
    return request.query.get("fields", "").startswith("analytics.")


def get_analytics(sim: Simulator, request: Request, waba_id: str) -> Response:
    """Answer with the days on which something was counted; others are left out, as at Meta."""
    asked = request.query["fields"]
    if _parameter(asked, "granularity") != "DAY":
        raise GraphError(100, "Only the granularity DAY is simulated.")
    start, end = int(_parameter(asked, "start")), int(_parameter(asked, "end"))
    numbers = [str(n) for n in json.loads(_parameter(asked, "phone_numbers", default="[]"))]
    days = list(_days(start, end, zone=ZoneInfo(sim.settings.zone)))
    fault = sim.faults.take(MISCOUNT) if days else None
    points = [_point(sim, numbers, day, more=fault.size if fault else 0) for day in days]
    counted = [point for point in points if point["sent"] or point["delivered"]]
    shown: Json = {"phone_numbers": numbers, "granularity": "DAY", "data_points": counted}
    return answer({"analytics": shown, "id": waba_id} if counted else {"id": waba_id})


def _parameter(asked: str, name: str, *, default: str = "") -> str:
    found = re.search(rf"\.{name}\(([^)]*)\)", asked)
    value = found[1].strip() if found else default
    if not value:
        raise GraphError(100, f"(#100) analytics needs the parameter {name}.")
    return value


def _days(start: int, end: int, *, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """Yield the account's days that overlap the span, from midnight to midnight."""
    first = datetime.fromtimestamp(start, tz=zone)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(LONGEST):
        after = midnight + timedelta(days=1)
        if int(midnight.timestamp()) >= end:
            return
        yield int(midnight.timestamp()), int(after.timestamp())
        midnight = after


def _point(sim: Simulator, numbers: list[str], day: tuple[int, int], *, more: int) -> Json:
    rows = [m for m in sim.world.ledger if not numbers or m.number.digits in numbers]
    sent = sum(_happened(message, ("sent", *ARRIVED), day) for message in rows)
    delivered = sum(_happened(message, ARRIVED, day) for message in rows)
    return {
        "start": day[0],
        "end": day[1],
        "sent": max(sent + more, 0),
        "delivered": max(delivered + more, 0),
    }


def _happened(message: Accepted, statuses: tuple[str, ...], day: tuple[int, int]) -> bool:
    stamps = [stamp for status, stamp in message.history if status in statuses]
    return bool(stamps) and day[0] <= min(stamps) < day[1]
