"""Who turned out to be one person, on what evidence; and the way back."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from whatsapp.admin.base import ReadOnlyAdmin, act_on
from whatsapp.models import ContactMerge
from whatsapp.services.contacts import merge_undo


@admin.register(ContactMerge)
class ContactMergeAdmin(ReadOnlyAdmin):
    list_display = ("merged_at", "survivor", "absorbed", "source", "shown_at", "undone_at")
    list_filter = (("undone_at", admin.EmptyFieldListFilter),)
    list_select_related = ("survivor", "absorbed")
    search_fields = ("shown_wa_id", "shown_bsuid", "source")
    fields = (
        ("survivor", "absorbed"),
        ("source", "shown_at"),
        ("shown_wa_id", "shown_bsuid"),
        "merged_at",
        ("undone_at", "undone_by"),
    )
    actions = ("undo",)
    change_form_template = "admin/whatsapp/contactmerge/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        undo = self.admin_site.admin_view(require_POST(self.undo_one))
        name = "whatsapp_contactmerge_undo"
        return [path("<int:pk>/undo/", undo, name=name), *super().get_urls()]

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.undo_contactmerge")

    @admin.action(description=gettext_lazy("Make them two contacts again"), permissions=["undo"])
    def undo(self, request: HttpRequest, queryset: QuerySet[ContactMerge]) -> None:
        rows = queryset.order_by("-pk")  # of a chain the last one first
        act_on(
            request,
            rows,
            lambda pk: merge_undo.undo(merge_id=pk, by_id=request.user.pk),
            done=_("Merges undone"),
        )

    def undo_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Undo from the merge's own page."""
        if not self.has_undo_permission(request):
            raise PermissionDenied
        merge = get_object_or_404(ContactMerge, pk=pk)
        self.undo(request, ContactMerge.objects.filter(pk=merge.pk))
        return redirect("admin:whatsapp_contactmerge_change", pk)
