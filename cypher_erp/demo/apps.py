from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "cypher_erp.demo"
    verbose_name = "Demo"
