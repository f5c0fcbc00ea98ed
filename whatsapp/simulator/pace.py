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
        self._spent: set[tuple[str, str]] = set()

    def clear(self) -> None:
        """Forget what was sent."""
        self._pairs.clear()
        self._spent.clear()

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
        # Each message is paid in six seconds. 45 of them may be borrowed from the future; a pair
        # that did so is shut until the last is paid, 45 x 6 s after 45 at once.
        owed_until = max(self._pairs.get(pair, 0.0), at)
        if owed_until <= at:
            self._spent.discard(pair)
        if pair in self._spent:
            raise GraphError(131056, "Too many messages sent to this phone number in a short time.")
        self._pairs[pair] = owed_until + PAIR_SECONDS
        if self._pairs[pair] - at > PAIR_SECONDS * (PAIR_BURST - 1):
            self._spent.add(pair)


def largest_window(times: list[float], *, seconds: float = 1.0) -> int:
    """Return the largest count in any sliding window, which is open at its end."""
    times = sorted(times)
    start = largest = 0
    for end, moment in enumerate(times):
        while times[start] <= moment - seconds:
            start += 1
        largest = max(largest, end - start + 1)
    return largest
