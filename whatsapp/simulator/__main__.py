"""`python -m whatsapp.simulator`: run a stand-in for Meta."""

import asyncio
import sys

import uvloop

from whatsapp.simulator.poster import Target
from whatsapp.simulator.server import listen, serve
from whatsapp.simulator.settings import from_argv


def main(argv: list[str]) -> int:
    """Run until a signal; a port that is taken or an address that is none ends with 2."""
    settings = from_argv(argv)
    try:
        if settings.webhook_url:
            Target.of(settings.webhook_url)
        wire = listen(settings.host, settings.port)
        media_wire = listen(settings.host, settings.media_port)
    except (OSError, ValueError) as error:
        ports = f"{settings.host}:{settings.port} (media port {settings.media_port})"
        sys.stderr.write(f"The simulator cannot start on {ports}: {error}\n")
        return 2
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, wire=wire, media_wire=media_wire))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
