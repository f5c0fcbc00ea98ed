"""A host that shares nothing with ours: Django's own user, keys of three other kinds."""

from tests.settings import CACHES, DATABASES, SECRET_KEY  # noqa: F401

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "django_filters",
    "django_celery_beat",
    "tests.migrations.zshop",
    "whatsapp",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
WHATSAPP_CUSTOMER_MODEL = "zshop.Client"
WHATSAPP_ORDER_MODEL = "zshop.Sale"
WHATSAPP_QUOTE_MODEL = "zshop.Offer"
WHATSAPP_SUPPLIER_ORDER_MODEL = "zshop.Sale"
WHATSAPP = {
    "ENABLED": False,
    "CUSTOMER_DIRECTORY": "whatsapp.testing.InMemoryCustomers",
    "ORDER_BOOK": "whatsapp.testing.InMemoryOrders",
    "STAFF_NOTIFIER": "whatsapp.testing.RecordingStaffNotifier",
}
