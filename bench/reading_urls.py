"""The host's addresses, and beside them the least that a view of DRF can do for its user."""

from __future__ import annotations

from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication

from cypher_erp.urls import urlpatterns as of_the_host


class Empty(APIView):
    """Knows who asks, and has nothing to say."""

    authentication_classes = (JWTAuthentication,)
    permission_classes = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)

    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns = [path("bench/empty", Empty.as_view()), *of_the_host]
