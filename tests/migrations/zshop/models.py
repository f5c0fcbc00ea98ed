import uuid

from django.db import models


class Client(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)

    class Meta:
        app_label = "zshop"

    def __str__(self) -> str:
        return str(self.pk)


class Sale(models.Model):
    code = models.CharField(max_length=12, primary_key=True)

    class Meta:
        app_label = "zshop"

    def __str__(self) -> str:
        return self.code


class Offer(models.Model):
    """Made by the host's second migration, which therefore says ``run_before``."""

    id = models.AutoField(primary_key=True)

    class Meta:
        app_label = "zshop"

    def __str__(self) -> str:
        return str(self.pk)
