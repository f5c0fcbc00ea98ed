"""Faults on demand: for the next calls, or at a rate, for everybody or for one phone."""

import random
from dataclasses import asdict, dataclass
from enum import StrEnum

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.people import digits_of


class Kind(StrEnum):
    """What can go wrong. The first group hits calls, the others what comes of them."""

    ERROR = "error"
    HTTP_429 = "http_429"
    TOKEN_EXPIRED = "token_expired"
    SERVER_ERROR_BEFORE = "server_error_before"
    SERVER_ERROR_AFTER = "server_error_after"
    EMPTY_500_BEFORE = "empty_500_before"
    HTML_502_BEFORE = "html_502_before"
    HTML_502_AFTER = "html_502_after"
    HANG_BEFORE = "hang_before"
    HANG_AFTER = "hang_after"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    RESET_MIDWAY = "reset_midway"
    SLOW = "slow"

    FAILED = "failed"
    SILENT = "silent"
    EARLY = "early"

    DUPLICATE = "duplicate"
    REORDER = "reorder"
    BATCH = "batch"
    HOLD = "hold"
    DROP = "drop"
    WRONG_SIGNATURE = "wrong_signature"
    MISSING_SIGNATURE = "missing_signature"
    ALTERED_BODY = "altered_body"

    MISCOUNT = "miscount"


BEFORE_CALL = frozenset(
    {Kind.ERROR, Kind.HTTP_429, Kind.TOKEN_EXPIRED, Kind.SERVER_ERROR_BEFORE}
    | {Kind.EMPTY_500_BEFORE, Kind.HTML_502_BEFORE, Kind.HANG_BEFORE, Kind.RESET_BEFORE}
)
AFTER_CALL = frozenset(
    {Kind.SERVER_ERROR_AFTER, Kind.HTML_502_AFTER, Kind.HANG_AFTER, Kind.RESET_AFTER, Kind.SLOW}
)
CALL = BEFORE_CALL | AFTER_CALL
MIDWAY = frozenset({Kind.RESET_MIDWAY})
MESSAGE = frozenset({Kind.FAILED, Kind.SILENT})
MISCOUNT = frozenset({Kind.MISCOUNT})
SIGNATURE = frozenset({Kind.WRONG_SIGNATURE, Kind.MISSING_SIGNATURE, Kind.ALTERED_BODY})
SECONDS = {Kind.HANG_BEFORE: 120.0, Kind.HANG_AFTER: 120.0, Kind.DUPLICATE: 0.0, Kind.BATCH: 0.2}
ENDPOINTS = (
    *("messages", "receipts", "media", "downloads", "uploads", "templates", "account", "any"),
)


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault: how often (`rate`), how many times more (`next`; None = always), for whom."""

    id: int = 0
    kind: Kind
    rate: float = 1.0
    next: int | None = None
    to: str = ""
    number: str = ""
    endpoint: str = "messages"
    status_name: str = ""
    code: int = 0
    status: int = 0
    seconds: float = 1.0
    retry_after: float = 0.0
    size: int = 20
    hits: int = 0

    def shown(self) -> Json:
        """Return what `/_sim/faults` lists."""
        return asdict(self)


class Faults:
    """The faults switched on, oldest first; the first that matches a call is the one it gets."""

    def __init__(self, *, seed: int) -> None:
        self.active: list[Fault] = []
        self.dice = random.Random(seed)
        self._last_id = 0

    def add(self, values: Json) -> Fault:
        """Switch one on; a bare code ("131056") means: refuse with it. Raises `ValueError`."""
        values = dict(values)
        kind = str(values.pop("kind", ""))
        if kind.isdigit():
            values["code"], kind = int(kind), Kind.ERROR
        try:
            values.setdefault("seconds", SECONDS.get(Kind(kind), 1.0))
            fault = Fault(kind=Kind(kind), **values)
        except TypeError as error:
            raise ValueError(str(error)) from error
        if fault.kind in (Kind.ERROR, Kind.FAILED) and not fault.code:
            raise ValueError(f"{fault.kind} needs a code")
        if fault.endpoint not in ENDPOINTS:
            raise ValueError(f"endpoint must be one of {', '.join(ENDPOINTS)}")
        fault.to = fault.to if "." in fault.to else digits_of(fault.to)
        self._last_id += 1
        fault.id = self._last_id
        self.active.append(fault)
        return fault

    def clear(self, fault_id: int = 0) -> list[Fault]:
        """Switch one or all off; returns those that were on."""
        gone = [fault for fault in self.active if fault_id in (0, fault.id)]
        self.active = [fault for fault in self.active if fault not in gone]
        return gone

    def take(
        self,
        kinds: frozenset[Kind],
        *,
        endpoint: str = "messages",
        number: str = "",
        to: str = "",
        status_name: str = "",
    ) -> Fault | None:
        """Return the fault this event gets, counting it, or None."""
        for fault in self.active:
            if (
                fault.kind in kinds
                and fault.next != 0
                and fault.endpoint in (endpoint, "any")
                and (not fault.to or fault.to == to)
                and (not fault.number or fault.number == number)
                and (not fault.status_name or fault.status_name == status_name)
                and self._strikes(fault)
            ):
                return fault
        return None

    def _strikes(self, fault: Fault) -> bool:
        if fault.rate < 1 and self.dice.random() >= fault.rate:
            return False
        fault.hits += 1
        if fault.next is not None:
            fault.next -= 1
        return True
