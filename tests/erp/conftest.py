"""What the ERP's tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.dispatch import Signal
from django.test import Client

from cypher_erp.staff.models import Role, User
from tests.erp.factories import UserFactory

Heard = list[dict[str, Any]]


@pytest.fixture
def supervisor(db: None) -> User:
    return UserFactory(username="corina", is_staff=True, is_superuser=True, role=Role.ADMIN)


@pytest.fixture
def desk(supervisor: User, client: Client) -> Client:
    """A browser in which a superuser is logged in."""
    client.force_login(supervisor)
    return client


@pytest.fixture
def hear() -> Iterator[Callable[[Signal], Heard]]:
    """Listen to a signal of the ERP; gives the list that fills with what it carried."""
    with ExitStack() as stack:

        def listen(signal: Signal) -> Heard:
            heard: Heard = []

            def receiver(**given: Any) -> None:
                heard.append({key: given[key] for key in ("order_ids", "occurrence")})

            signal.connect(receiver, weak=False)
            stack.callback(signal.disconnect, receiver)
            return heard

        yield listen
