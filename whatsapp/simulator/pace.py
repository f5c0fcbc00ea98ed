"""Meta's limits: messages per second of a number, and of a number to one person."""

from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.settings import Settings
from whatsapp.simulator.world import Number

PAIR_SECONDS = 6.0
PAIR_BURST = 45


class Pace:
    """Refuses what is too fast; only what was let through counts."""

    def __init__(self, *, settings: Settings) -> None:
        self._settings = settings
        self._pairs: dict[tuple[str, str], float] = {}

    def clear(self) -> None:
        """Forget what was sent."""
        self._pairs.clear()

    def check(self, *, number: Number, to: str, at: float) -> None:
        """Raise 130429 or 131056; `at` is monotonic seconds of arrival."""
        recent, rate = number.recent, self._settings.rate
        while recent and recent[0] <= at - 1.0:
            recent.popleft()
        if rate and len(recent) >= rate:
            raise GraphError(
                130429,
                "Cloud API message throughput has been reached.",
                status=self._settings.rate_status,
            )
        if self._settings.pair_limit:
            self._check_pair((number.id, to), at)
        recent.append(at)

    def _check_pair(self, pair: tuple[str, str], at: float) -> None:
        # A burst of 45 is borrowed from the future and paid back at one per six seconds.
        paid_until = max(self._pairs.get(pair, 0.0), at) + PAIR_SECONDS
        if paid_until - at > PAIR_SECONDS * PAIR_BURST:
            raise GraphError(131056, "Too many messages sent to this phone number in a short time.")
        self._pairs[pair] = paid_until


def largest_window(times: list[float], *, seconds: float = 1.0) -> int:
    """Return the largest count in any sliding window, which is open at its end."""
    times = sorted(times)
    start = largest = 0
    for end, moment in enumerate(times):
        while times[start] <= moment - seconds:
            start += 1
        largest = max(largest, end - start + 1)
    return largest
