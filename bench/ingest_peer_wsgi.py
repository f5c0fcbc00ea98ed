"""The peer's server, and its addresses: ``granian bench.ingest_peer_wsgi:application``."""

from django.core.wsgi import get_wsgi_application
from django.urls import include, path

application = get_wsgi_application()  # before its views are imported

urlpatterns = [path("", include("django_meta_whatsapp.urls"))]
