from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "cypher_erp.staff"
    verbose_name = _("Staff")

    def ready(self) -> None:
        from cypher_erp.staff import receivers

        receivers.connect()
