"""Addresses: everything a person opens belongs to the console."""

from django.urls import include, path

urlpatterns = [path("", include("console.urls"))]

handler400 = "console.views.errors.bad_request"
handler403 = "console.views.errors.refused"
handler404 = "console.views.errors.not_found"
handler500 = "console.views.errors.broken"
