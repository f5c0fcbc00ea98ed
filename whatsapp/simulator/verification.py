"""The GET with which Meta checks a callback URL."""

import asyncio
import secrets
from urllib.parse import urlencode

from whatsapp.simulator.poster import Poster, Target

TRIES = 600
PAUSE = 1.0


async def verify(*, url: str, token: str, timeout: float = 5.0) -> bool:
    """Tell whether the receiver at `url` echoes the challenge for this token."""
    challenge = str(secrets.randbelow(10**10))
    query = urlencode(
        {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
    )
    poster = Poster()
    try:
        target = Target.of(f"{url}{'&' if '?' in url else '?'}{query}")
        status, body = await poster.get(target=target, timeout=timeout)
    except (OSError, TimeoutError, ValueError):
        return False
    finally:
        poster.close()
    return status == 200 and body.decode("utf-8", "replace") == challenge


async def verify_until_up(*, url: str, token: str) -> bool:
    """Ask again each second for ten minutes: the app may start after us."""
    for _ in range(TRIES):
        if await verify(url=url, token=token):
            return True
        await asyncio.sleep(PAUSE)
    return False
