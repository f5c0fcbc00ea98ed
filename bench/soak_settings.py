"""The host's settings, with a doubt settled within a soak's end rather than ten minutes later."""

from datetime import timedelta

from cypher_erp.settings import *  # noqa: F403

WHATSAPP |= {"UNCONFIRMED_WAIT": timedelta(seconds=30)}  # noqa: F405
