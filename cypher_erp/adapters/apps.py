from django.apps import AppConfig


class AdaptersConfig(AppConfig):
    name = "cypher_erp.adapters"

    def ready(self) -> None:
        from cypher_erp.adapters import answers

        answers.connect()
