"""What tests of lists share."""

from __future__ import annotations

from tests.api.doors import ROOT


def rows_of(client, route: str) -> list[int]:
    response = client.get(f"{ROOT}/{route}")
    assert response.status_code == 200
    return [row["id"] for row in response.json()["results"]]
