"""Addresses: everything a person opens belongs to the console."""

from django.urls import include, path

urlpatterns = [path("", include("console.urls"))]
