"""Whether the sender keeps a limit of 1,000 a second, and how much of it it uses.

The law is judged where the sender knows it: at the departures, as they stand on the rows. What the
receiver saw is told beside it; on a machine that also runs the receiver and the database, requests
that left apart arrive together.
"""

from __future__ import annotations

from bench import rows, stand_in
from bench.departures import departures
from bench.figures import Figure, at_least, at_most, noted
from bench.system import System, wait_for

LIMIT = 1_000  # a second
SECONDS = 15
LATENCY = 50.0  # milliseconds to each answer


def run(system: System) -> list[Figure]:
    """Messages per second and the fullest second, at the sender and at the receiver."""
    number = rows.fresh_number(limit=LIMIT)
    rows.make_people(LIMIT * SECONDS, number=number)
    with (
        stand_in.running(certificate=system.certificate) as receiver,
        system.sender("sender", **receiver.environment()),
    ):
        receiver.reset(latency=LATENCY)
        rows.queue_broadcast(LIMIT * SECONDS, number=number)
        rows.wake(number=number)
        wait_for(rows.is_drained, what="all messages sent")
        arrived = receiver.arrivals()
    departed = departures()
    return [
        at_least("send_rate_1000", departed.rate(), "/s", goal=980),
        at_most("send_rate_1000_second", departed.largest_second(), "departures", goal=LIMIT),
        at_most("send_rate_1000_doubled", arrived.doubled(), "messages", goal=0),
        noted("send_rate_1000_arrived", arrived.rate(), "/s"),
        noted("send_rate_1000_arrived_second", arrived.largest_second(), "arrivals"),
    ]
