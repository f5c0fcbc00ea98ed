"""Staff in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cypher_erp.staff.models import User
from cypher_erp.staff.services import apply_role

ABOUT: Any = (_("In the shop"), {"fields": ["role", "phone", "language"]})


@admin.register(User)
class StaffAdmin(UserAdmin):  # type: ignore[type-arg]  # no generic at run time
    list_display = ["username", "first_name", "last_name", "role", "email", "is_active"]
    list_filter = ["role", *UserAdmin.list_filter]
    fieldsets = [*(UserAdmin.fieldsets or []), ABOUT]
    add_fieldsets = [*UserAdmin.add_fieldsets, ABOUT]

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm[User],
        formsets: list[BaseModelFormSet[Any, Any]],
        change: bool,
    ) -> None:
        super().save_related(request, form, formsets, change)
        # The form has just written the groups as they stood before the role changed.
        apply_role(user=form.instance)
