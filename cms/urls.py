"""What the site answers to: the admin, and for everybody else a way to the published pages."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from cms.core import views
from cms.delivery.api import root as api

urlpatterns = [
    path("health", views.health, name="health"),
    path("media/<path:path>", views.media, name="media"),
    path("api/v1/", include(api.urls())),
    path("admin/", include(wagtailadmin_urls)),
    path("", include(wagtail_urls)),
]
