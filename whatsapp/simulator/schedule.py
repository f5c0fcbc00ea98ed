"""Things to do later, in one heap that a reset can empty."""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class Schedule:
    """Runs actions when they are due, in order of due time; one loop timer serves all."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._heap)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` once, `seconds` from now."""
        due = asyncio.get_running_loop().time() + max(0.0, seconds)
        heappush(self._heap, (due, next(self._order), action))
        if self._heap[0][0] == due:
            self._arm()

    def clear(self) -> None:
        """Forget all that was planned."""
        self._heap.clear()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(self._heap[0][0], self._run) if self._heap else None

    def _run(self) -> None:
        now = asyncio.get_running_loop().time() + 0.001
        while self._heap and self._heap[0][0] <= now:
            heappop(self._heap)[2]()
        self._arm()
