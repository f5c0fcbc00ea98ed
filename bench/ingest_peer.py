"""Settings of the package the door is compared with: ``bench/ingest_peer.txt``.

As its README installs it: Django's usual middleware, connections kept. It checks no signature.
"""

from __future__ import annotations

import os

import environ

SECRET_KEY = "signs nothing"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.ingest_peer_wsgi"
DATABASES = {
    "default": {**environ.Env.db_url_config(os.environ["PEER_DATABASE"]), "CONN_MAX_AGE": 60}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_meta_whatsapp",
]
MIDDLEWARE = [  # of `django-admin startproject`, but for the check that would refuse Meta
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
