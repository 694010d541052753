"""WSGI entry for application servers."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.urls import get_resolver

from console.proxied import believing

application = believing(get_wsgi_application(), proxy=settings.TRUSTED_PROXY)
_ = get_resolver().url_patterns  # loads every page now, not under the first person who asks for one
