"""Phone numbers that fail on cue, so that a person can see every trouble without a control call.

+40 790 CCCCCC is accepted and fails later with code CCCCCC; +40 791 CCCCCC is refused with it at
once; +40 792 000NNN breaks the call as the table says.
"""

from whatsapp.simulator.errors import CODES
from whatsapp.simulator.faults import SECONDS, Fault, Kind

FAILS_LATER, REFUSED, BREAKS = "40790", "40791", "40792"
BREAKAGES = {
    "000104": Kind.RESET_BEFORE,
    "000105": Kind.RESET_AFTER,
    "000190": Kind.TOKEN_EXPIRED,
    "000408": Kind.HANG_AFTER,
    "000429": Kind.HTTP_429,
    "000500": Kind.SERVER_ERROR_BEFORE,
    "000501": Kind.SERVER_ERROR_AFTER,
    "000502": Kind.HTML_502_BEFORE,
    "000503": Kind.HTML_502_AFTER,
}


def call_fault(wa_id: str) -> Fault | None:
    """Return the fault a number's digits ask for in the call itself."""
    tail = wa_id[5:]
    if wa_id.startswith(REFUSED) and _code(tail):
        return Fault(kind=Kind.ERROR, code=_code(tail))
    if wa_id.startswith(BREAKS) and tail in BREAKAGES:
        return Fault(kind=BREAKAGES[tail], seconds=SECONDS.get(BREAKAGES[tail], 0.0))
    return None


def failure_code(wa_id: str) -> int:
    """Return the code a message to this number fails with later, or 0."""
    return _code(wa_id[5:]) if wa_id.startswith(FAILS_LATER) else 0


def _code(tail: str) -> int:
    code = int(tail) if len(tail) == 6 and tail.isdigit() else 0
    return code if code in CODES else 0
