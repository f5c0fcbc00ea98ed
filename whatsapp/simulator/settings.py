"""How the simulator behaves: from the command line at start, by `/_sim/settings` while it runs."""

import argparse
import os
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

NUMBER_ID = "555000000000001"
WABA_ID = "777000000000001"
APP_ID = "222000000000001"
BUSINESS_ID = "333000000000001"


@dataclass(slots=True, kw_only=True)
class Settings:
    """Every knob. Durations are seconds unless the name says otherwise; -1 means never."""

    host: str = "127.0.0.1"
    public_host: str = ""
    port: int = 8001
    media_port: int = 0
    webhook_url: str = ""
    webhook_connections: int = 16
    webhook_timeout: float = 10.0
    redelivery_limit: int = 20
    redelivery_cap: float = 30.0
    batch_size: int = 1
    batch_wait: float = 0.05
    app_secret: str = "simulator-app-secret"
    verify_token: str = "simulator-verify-token"
    access_token: str = "simulator-access-token"
    phone_number_id: str = NUMBER_ID
    waba_id: str = WABA_ID
    app_id: str = APP_ID
    display_number: str = "+40300000000"
    verified_name: str = "Cypher Trading"
    zone: str = "Europe/Bucharest"
    rate: int = 80
    rate_status: int = 400
    pair_limit: bool = False
    window_error: str = "async"
    latency_ms: float = 0.0
    sent_after: float = 0.1
    delivered_after: float = 0.6
    read_after: float = 2.5
    approve_after: float = 2.0
    bsuid: bool = True
    media_life: float = 300.0
    upload_life: float = 3600.0
    page_size: int = 10
    requests_kept: int = 200_000
    seed: int = 0
    data: str = ""


SECRETS = ("app_secret", "verify_token", "access_token")
FIXED = {"host", "port", "media_port", "phone_number_id", "waba_id", "display_number", "data"}

HELP = {
    "host": "address to listen on",
    "public_host": "name the app reaches us by, for media URLs in webhooks (default: host)",
    "port": "port of the Graph API and the phone page; 0 takes a free one",
    "media_port": "port of the media downloads; 0 takes a free one",
    "webhook_url": "where webhooks are posted; none are without it",
    "webhook_connections": "kept-alive connections to the webhook",
    "webhook_timeout": "an answer later than this counts as none",
    "redelivery_limit": "tries of one webhook before it is dropped",
    "redelivery_cap": "longest wait between two tries",
    "batch_size": "most updates in one POST",
    "batch_wait": "how long an update waits for company when batch-size > 1",
    "app_secret": "signs the webhooks; of secret,secret… (while rotating) the first",
    "verify_token": "sent in the verification GET",
    "access_token": "the bearer token calls must carry",
    "phone_number_id": "id[,id…] of the business numbers",
    "waba_id": "id of their WhatsApp Business Account",
    "app_id": "id of the app (uploads)",
    "display_number": "number[,number…] in the same order",
    "verified_name": "name customers see",
    "zone": "by whose clocks the account's analytics cut days",
    "rate": "sends accepted per number in any second; 0 = no limit",
    "rate_status": "HTTP status of a 130429 (400 or 429)",
    "pair_limit": "refuse more than 1 message per 6 s to one person (131056)",
    "window_error": "131047 as a failed status (async) or at once (sync)",
    "latency_ms": "time before each answer of the Graph API",
    "sent_after": "acceptance to 'sent'",
    "delivered_after": "acceptance to 'delivered'; -1 = never",
    "read_after": "'delivered' to 'read'; -1 = only when the chat is opened",
    "approve_after": "review time of a template; -1 = stays PENDING",
    "bsuid": "webhooks carry business-scoped user ids",
    "media_life": "how long a media URL works",
    "upload_life": "how long a session of a resumable upload lasts",
    "page_size": "most templates of a page; small ones make a client prove that it follows them",
    "requests_kept": "length of the log of requests (the ledger keeps all)",
    "seed": "of the dice of faults",
    "data": "file that keeps templates, customers and windows from run to run",
}


def environment_name(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"WHATSAPP_SIMULATOR_{name.upper()}"


def from_argv(argv: list[str]) -> Settings:
    """Read the command line; each option may also come from the environment."""
    parser = argparse.ArgumentParser(
        prog="python -m whatsapp.simulator",
        description="A stand-in for Meta's WhatsApp Cloud API.",
        epilog="Each option may also be an environment variable: WHATSAPP_SIMULATOR_APP_SECRET …",
    )
    hints = get_type_hints(Settings)
    for field in fields(Settings):
        default = os.environ.get(environment_name(field.name)) or field.default
        shown = "" if field.name in SECRETS else f" (default {field.default})"
        parser.add_argument(
            "--" + field.name.replace("_", "-"),
            type=_boolean if hints[field.name] is bool else hints[field.name],
            default=default,
            metavar=field.name.rsplit("_", 1)[-1].upper(),
            help=HELP[field.name] + shown,
        )
    return Settings(**vars(parser.parse_args(argv)))


def change(settings: Settings, values: dict[str, Any]) -> None:
    """Set some settings while running; raises `ValueError` for an unknown, fixed or wrong one."""
    hints = get_type_hints(Settings)
    for name, value in values.items():
        kind = hints.get(name)
        if kind is None or name in FIXED:
            raise ValueError(f"{name} is not a setting that can change while running")
        if kind is bool and not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false")
        setattr(settings, name, kind(value))


def _boolean(text: str) -> bool:
    return text.strip().lower() in {"1", "true", "yes", "on"}
