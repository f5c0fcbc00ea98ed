"""What the desk answers, as an agent reads it."""

from __future__ import annotations


def words(answer) -> str:
    return answer.content.decode().strip()
