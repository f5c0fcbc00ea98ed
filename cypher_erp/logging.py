"""How the ERP logs: JSON lines, or a console for people; the request's id is on every line.

Modules log with the standard library; structlog renders, and django-structlog carries the id
from the HTTP edge into the worker.
"""

from __future__ import annotations

import sys
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import EventDict

REQUEST_ID_HEADER = "X-Request-ID"


class RequestLogMiddleware(RequestMiddleware):
    """Give each request an id, log its start and end, and answer with the id."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        # Never the query: Meta's handshake carries the verify token there.
        return f"{request.method} {request.path}"

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        context = structlog.contextvars.get_contextvars()
        response[REQUEST_ID_HEADER] = context.get("request_id", "")
        super().handle_response(request, response)


def configure_structlog() -> None:
    """Send structlog's own loggers (the request and task lines) through the standard library."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_config(*, level: str, debug: bool) -> dict[str, Any]:
    """Build Django's LOGGING: colours for a person at a terminal, else a JSON object a line."""
    for_people = debug and sys.stderr.isatty()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _drop_color,
                    *_renderers(for_people=for_people),
                ],
                "foreign_pre_chain": [
                    structlog.contextvars.merge_contextvars,
                    *_shared_processors(),
                    structlog.stdlib.ExtraAdder(),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # Our own line says the same with the request's id, and without the query string.
            "django.request": {"level": "ERROR"},
            # Its start, its end and its troubles as JSON too
            "uvicorn": {"handlers": [], "level": level, "propagate": True},
            "uvicorn.access": {"handlers": [], "level": "WARNING", "propagate": True},
            # django-structlog says the same of each task, with the request's id.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
        },
    }


def _shared_processors() -> list[Any]:
    return [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _drop_color(logger: Any, name: str, line: EventDict) -> EventDict:
    """uvicorn brings its phrase twice, once for terminals."""
    line.pop("color_message", None)
    return line


def _renderers(*, for_people: bool) -> list[Any]:
    if for_people:
        # Tracebacks without the values of variables: those are tokens and customers' words
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
    ]
