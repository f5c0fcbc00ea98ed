"""Customers in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cypher_erp.customers.models import Customer
from cypher_erp.screens import ModelAdmin


@admin.register(Customer)
class CustomerAdmin(ModelAdmin[Customer]):
    list_display = ["name", "kind", "group", "phone", "email", "city", "language"]
    list_filter = ["kind", "group", "language", "county"]
    search_fields = ["name", "contact_name", "phone", "phone_e164", "email", "vat_id"]
    readonly_fields = ["phone_e164", "created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["kind", "group", "name", "contact_name", "vat_id"]}),
        (_("Contact"), {"fields": ["phone", "phone_e164", "email", "language"]}),
        (_("Address"), {"fields": ["address", "city", "county"]}),
        (_("History"), {"fields": ["created_at", "updated_at"]}),
    ]
