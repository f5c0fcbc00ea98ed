"""Who asks, by JWT."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework_simplejwt.authentication import JWTAuthentication as OfSimpleJWT

from whatsapp.models.prepared import Prepared

# Of each kind of key one that nobody has, and no condition of a manager's holds
_SAMPLES: Mapping[type, Any] = {
    int: -31_013,
    str: "\N{BULLET}31013",
    UUID: UUID(int=2**128 - 31_013),
}


class JWTAuthentication(OfSimpleJWT):
    """simplejwt's, with its question for the user compiled once.

    Django would write the same SQL anew for every request.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user_model: Any = _Users(self.user_model)


class _Users:
    """The model of the users, as far as simplejwt asks it."""

    def __init__(self, model: Any) -> None:
        self.DoesNotExist = model.DoesNotExist
        self.objects = self
        self._model = model

    def get(self, **by: Any) -> Any:
        """Return the user with this key; DoesNotExist if there is none, or it is no key."""
        ((name, given),) = by.items()
        try:
            key = self._model._meta.get_field(name).to_python(given)
        except ValidationError as error:
            raise self.DoesNotExist from error
        sample = _SAMPLES.get(type(key))
        if sample is None:
            found = self._model.objects.filter(**{name: key})
        else:
            found = _by_key(self._model, name, sample).read(key=key)
        for user in found:
            return user
        raise self.DoesNotExist


@cache
def _by_key(model: Any, name: str, sample: Any) -> Prepared:
    return Prepared(lambda key: model.objects.filter(**{name: key}), key=sample)


class Scheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """How the schema writes it: as simplejwt's."""

    target_class = f"{__name__}.JWTAuthentication"
