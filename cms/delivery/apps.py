"""Delivery: the API with its tokens, receipts, print runs and webhooks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    """Label `delivery`."""

    name = "cms.delivery"
    label = "delivery"
    verbose_name = _("Delivery")
