"""The simulator's parts, put together once."""

from copy import copy

from whatsapp.simulator.clock import Clock
from whatsapp.simulator.customers import Customers
from whatsapp.simulator.faults import Faults
from whatsapp.simulator.graph_uploads import ResumableUploads
from whatsapp.simulator.life import Life
from whatsapp.simulator.media import MediaShelf
from whatsapp.simulator.pace import Pace
from whatsapp.simulator.schedule import Schedule
from whatsapp.simulator.settings import Settings
from whatsapp.simulator.templates import Templates
from whatsapp.simulator.webhooks import Webhooks
from whatsapp.simulator.world import World


class Simulator:
    """Everything a handler may need."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._at_start = copy(settings)
        self.clock = Clock()
        self.schedule = Schedule()
        self.faults = Faults(seed=settings.seed)
        self.world = World(settings=settings, clock=self.clock)
        self.pace = Pace(settings=settings)
        self.webhooks = Webhooks(settings=settings, faults=self.faults, schedule=self.schedule)
        self.life = Life(
            settings=settings,
            world=self.world,
            clock=self.clock,
            schedule=self.schedule,
            webhooks=self.webhooks,
        )
        self.customers = Customers(
            settings=settings, world=self.world, clock=self.clock, webhooks=self.webhooks
        )
        self.templates = Templates(
            settings=settings, clock=self.clock, schedule=self.schedule, webhooks=self.webhooks
        )
        self.media = MediaShelf(settings=settings, clock=self.clock)
        self.uploads = ResumableUploads(settings=settings, clock=self.clock)

    def reset(self, *, settings: bool = True) -> None:
        """Forget everything; with `settings` also go back to those of the start."""
        self.schedule.clear()
        self.faults.clear()
        self.webhooks.clear()
        self.world.clear()
        self.pace.clear()
        self.templates.clear()
        self.media.clear()
        self.uploads.clear()
        self.life.open_chat = None
        self.clock.offset = 0.0
        self.clock.shift_timestamps = False
        if settings:
            for name in Settings.__slots__:
                setattr(self.settings, name, getattr(self._at_start, name))
