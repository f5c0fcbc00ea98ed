"""What tests of notices share."""

from __future__ import annotations

import pytest

from whatsapp import testing


@pytest.fixture
def erp(settings) -> testing.RecordingCustomerNotifier:
    """Whatever the ERP is asked to tell its customers."""
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "CUSTOMER_NOTIFIER": "whatsapp.testing.RecordingCustomerNotifier",
        "STAFF_NOTIFIER": "whatsapp.testing.RecordingStaffNotifier",
    }
    return testing.customer_notifier()
