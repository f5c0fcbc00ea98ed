"""Every address of the ERP."""

from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from cypher_erp.metrics import metrics
from cypher_erp.staff.tokens import RefreshView, TokenView


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process lives; what it depends on is at /api/v1/whatsapp/health."""
    return JsonResponse({"status": "ok"})


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/auth/token", TokenView.as_view(), name="token"),
    path("api/v1/auth/token/refresh", RefreshView.as_view(), name="token-refresh"),
    # The same with a slash, for clients that add one; the schema names each once.
    path("api/v1/auth/token/", TokenView.as_view(schema=None)),
    path("api/v1/auth/token/refresh/", RefreshView.as_view(schema=None)),
    path("api/v1/whatsapp/", include("whatsapp.urls")),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]
