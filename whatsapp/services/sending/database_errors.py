"""What an error of the database says: whether it is gone, or busy, or does not want what it got.

Django's classes do not tell: a key too long for its index is an OperationalError too.
"""

from __future__ import annotations

from django.db import InterfaceError, OperationalError

_LOCKED = ("55P03", "40P01", "40001")  # lock not available, deadlock, serialization failure
_GONE = ("08", "25P03", "57P")  # the connection is lost, ended for its silence, or by a shutdown


def is_gone(error: Exception) -> bool:
    """Tell whether the connection is lost; what was asked may be asked again on another."""
    state = _sqlstate(error)
    if state is None:
        return isinstance(error, OperationalError | InterfaceError)
    return state.startswith(_GONE)


def is_locked(error: Exception) -> bool:
    """Tell whether somebody else was in the way; the same may be asked again."""
    return _sqlstate(error) in _LOCKED


def _sqlstate(error: Exception) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)
