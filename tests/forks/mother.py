"""The process that has the libraries loaded, and forks for each program that is asked for.

It has one thread, no connection and no settings, and knows none of our modules: a child reads its
own environment, and loads our code itself.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from dev.processes import tether

LIBRARIES = (
    *("celery.apps.beat", "celery.apps.worker", "celery.bin.celery", "celery.concurrency.thread"),
    *("django.contrib.admin.options", "django.contrib.postgres.fields", "django.test.signals"),
    *("django.core.handlers.asgi", "django.db.backends.postgresql.base"),
    *("django.db.migrations.loader", "django_structlog.celery.steps"),
    *("cryptography.fernet", "cryptography.hazmat.primitives.serialization.pkcs12"),
    *("drf_spectacular.drainage", "environ", "filetype", "kombu.transport.redis", "msgspec"),
    *("phonenumbers", "psycopg.postgres", "redis.asyncio", "requests", "rest_framework.compat"),
    *("structlog.dev", "time_machine", "uvicorn.main"),
)
SIGCHLD = {signal.SIGCHLD}
ends: dict[int, int] = {}  # by process, where its exit code is awaited


def main(line: socket.socket) -> None:
    """Fork for each order, until the other side of the line is gone."""
    signal.signal(signal.SIGCHLD, _tell_ends)
    while received := _next(line):
        order, output, end = received
        tie = tether(signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGCHLD)
        pid = os.fork()
        ends[pid] = end
        if not pid:
            line.close()
            return _become(order, output=output, tie=tie)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGCHLD)
        os.close(output)
        line.sendall(str(pid).encode())
    return None


def _next(line: socket.socket) -> tuple[dict[str, Any], int, int] | None:
    text, files, _, _ = socket.recv_fds(line, 65536, 2)
    if not text:
        return None
    while not text.endswith(b"\n"):
        text += line.recv(65536)
    output, end = files
    return json.loads(text), output, end


def _tell_ends(*_: object) -> None:
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = ended
            os.write(ends[pid], str(os.waitstatus_to_exitcode(status)).encode())
            os.close(ends.pop(pid))


def _become(order: dict[str, Any], *, output: int, tie: Callable[[], None] | None) -> None:
    """Be the program, in every way that shows, to the normal end of an interpreter."""
    os.setpgid(0, 0)
    if tie:
        tie()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGCHLD)
    for end in ends.values():
        os.close(end)
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = order["argv"]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for name in LIBRARIES:
        import_module(name)
    main(socket.socket(fileno=int(sys.argv[1])))
