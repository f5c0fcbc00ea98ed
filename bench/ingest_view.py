"""The host without its middleware, as the empty view has none: what is left is the plain view."""

from cypher_erp.settings import *  # noqa: F403

MIDDLEWARE = []
