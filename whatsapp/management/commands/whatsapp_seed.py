"""``manage.py whatsapp_seed --messages 1000000 --conversations 100000``: a full table to try on."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from whatsapp.management import screen, seeding

FEWEST = 3  # messages of a conversation, on average; fewer would leave some without any


class Command(BaseCommand):
    help = (
        "Write made-up conversations of the last two years, for measuring. Nothing of it is sent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--messages", type=int, default=1_000_000)
        parser.add_argument("--conversations", type=int, default=100_000)
        parser.add_argument("--seed", type=int, default=1, help="another one makes other people")
        parser.add_argument("--yes", action="store_true", help="also where DEBUG is off")

    def handle(
        self,
        *args: Any,
        messages: int,
        conversations: int,
        seed: int,
        yes: bool,
        **options: Any,
    ) -> None:
        if not (settings.DEBUG or yes):
            raise CommandError(
                "This writes made-up messages, and DEBUG is off. If the database is not a shop's,"
                " say --yes."
            )
        if conversations < 1 or seed < 0 or messages < FEWEST * conversations:
            raise CommandError(f"Give {FEWEST} messages or more for each conversation.")
        started = time.monotonic()
        with screen.progress() as progress:
            progress.add_task(f"Writing {messages:,} messages …")
            seeding.fill(
                messages=messages, conversations=conversations, seed=seed, now=timezone.now()
            )
        taken = time.monotonic() - started
        self.stdout.write(
            f"{messages:,} messages of {conversations:,} conversations in {taken:.0f} s."
        )
