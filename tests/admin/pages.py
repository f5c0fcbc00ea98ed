"""Addresses of the lists of the admin."""

from __future__ import annotations

from django.urls import reverse


def changelist(name):
    return reverse(f"admin:whatsapp_{name}_changelist")
