"""Meta's clock: true, unless a test shifts it."""

import time


class Clock:
    """The time windows, pauses and media URLs are judged by.

    Webhook timestamps stay true unless `shift_timestamps` is set: the receiver has its own clock.
    """

    __slots__ = ("offset", "shift_timestamps")

    def __init__(self) -> None:
        self.offset = 0.0
        self.shift_timestamps = False

    def now(self) -> float:
        """Return unix seconds, shifted."""
        return time.time() + self.offset

    def stamp(self) -> int:
        """Return the whole second a webhook carries."""
        return int(self.now() if self.shift_timestamps else time.time())
