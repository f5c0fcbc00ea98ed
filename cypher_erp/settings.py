"""The ERP's settings. What differs between machines comes from ``env``; nothing else is read."""

from __future__ import annotations

import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from cypher_erp import env
from cypher_erp.logging import configure_structlog, logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = env.read()

# The machine
DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = list(ENV.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENV.csrf_trusted_origins)
ROOT_URLCONF = "cypher_erp.urls"
WSGI_APPLICATION = "cypher_erp.wsgi.application"
ASGI_APPLICATION = "cypher_erp.asgi.application"

INSTALLED_APPS = [
    "cypher_erp.apps.ErpAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_htmx",
    "django_structlog",
    "cypher_erp.staff",
    "cypher_erp.customers",
    "cypher_erp.orders",
    "cypher_erp.quotes",
    "cypher_erp.suppliers",
    "cypher_erp.notifications",
    "cypher_erp.adapters",
    "cypher_erp.demo",
    "whatsapp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cypher_erp.logging.RequestLogMiddleware",  # after whitenoise: files are no news
    "cypher_erp.metrics.MetricsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cypher_erp.staff.middleware.UserLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "cypher_erp" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Data: connections are kept, and looked at before the first use in a request. One to a server that
# is gone without a word is given up: else a sender would wait, deaf to its lease, for minutes
DATABASE = environ.Env.db_url_config(ENV.database_url)
PATIENCE = {  # seconds; the last in milliseconds
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **DATABASE,
        "OPTIONS": {**PATIENCE, **DATABASE.get("OPTIONS", {})},
        "CONN_MAX_AGE": ENV.database_conn_max_age,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENV.redis_url,
        "KEY_PREFIX": "erp",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# People
AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["cypher_erp.staff.backends.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"

# Language and time: rows hold UTC, screens show the shop's time
LANGUAGE_CODE = "en-us"
LOCALE_PATHS = [BASE_DIR / "cypher_erp" / "locale"]
LANGUAGES = [("en", _("English")), ("ro", _("Romanian"))]
TIME_ZONE = "Europe/Bucharest"
USE_TZ = True

# Files: the manifest is there after collectstatic; before it, files are found in the apps
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "cypher_erp" / "static"]
HAS_MANIFEST = (STATIC_ROOT / "staticfiles.json").exists() and not DEBUG
WHITENOISE_USE_FINDERS = not HAS_MANIFEST
# whitenoise: no folder before collectstatic, and files read by threads under ASGI
warnings.filterwarnings("ignore", message="No directory at")
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")
MEDIA_ROOT = BASE_DIR / ENV.media_root  # served by no URL: it holds customers' files
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HAS_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Security
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = ENV.https
SECURE_HSTS_SECONDS = int(timedelta(days=30).total_seconds()) if ENV.https else 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trust_proxy else None
X_FRAME_OPTIONS = "DENY"
METRICS_TOKEN = ENV.metrics_token

# Logs
configure_structlog()
LOGGING = logging_config(level=ENV.log_level, debug=DEBUG)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = ENV.trust_proxy
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10  # DEBUG: one line a request is enough
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = 10

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "NUM_PROXIES": 1 if ENV.trust_proxy else 0,  # else anybody writes who they are
}
TOKENS_PER_ADDRESS = "30/min"  # tries to get a token
TOKENS_PER_ACCOUNT = "10/min"
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Cypher ERP",
    "DESCRIPTION": "WhatsApp conversations, messages and templates of the ERP.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Email to customers
EMAIL = environ.Env.email_url_config(ENV.email_url)
globals().update({name: value for name, value in EMAIL.items() if name.startswith("EMAIL_")})
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = ENV.email_from

# Celery
CELERY_BROKER_URL = ENV.redis_url
CELERY_BROKER_TRANSPORT = "cypher_erp.broker:Transport"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "erp"
CELERY_TASK_QUEUES = [
    Queue(name, routing_key=name)  # else all share one key, and each task arrives four times
    for name in ("erp", "whatsapp_send", "whatsapp_receive", "whatsapp_jobs")
]
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_POOL = "threads"
# A sender keeps one slot for each business number while it waits for work.
CELERY_WORKER_CONCURRENCY = ENV.worker_concurrency
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# Without it Celery 5.7 closes the database connection around every task.
CELERY_DB_REUSE_MAX = 1000

# What stands on the shop's papers
SHOP = {
    "name": "Cypher Birotică SRL",
    "vat_id": "RO10000200",
    "trade_register": "J12/1000/2015",
    "address": "Str. Fabricii 12, Cluj-Napoca, jud. Cluj",
    "iban": "RO49 AAAA 1B31 0075 9384 0000",
    "bank": "Banca Exemplu",
    "phone": "0300 000 000",
    "email": "comenzi@cypher.example",
}

# WhatsApp
WHATSAPP_CUSTOMER_MODEL = "customers.Customer"
WHATSAPP_ORDER_MODEL = "orders.Order"
WHATSAPP_QUOTE_MODEL = "quotes.Quote"
WHATSAPP_SUPPLIER_ORDER_MODEL = "suppliers.SupplierOrder"
WHATSAPP: dict[str, Any] = {
    "ENABLED": ENV.whatsapp_enabled,
    "ROLLOUT_PERCENT": ENV.whatsapp_rollout_percent,
    "GRAPH_URL": ENV.whatsapp_graph_url,
    "GRAPH_VERSION": ENV.whatsapp_graph_version,
    "PHONE_NUMBER_ID": ENV.whatsapp_phone_number_id,
    "BUSINESS_ACCOUNT_ID": ENV.whatsapp_business_account_id,
    "APP_ID": ENV.whatsapp_app_id,
    "ACCESS_TOKEN": ENV.whatsapp_access_token,
    "APP_SECRETS": ENV.whatsapp_app_secrets,
    "VERIFY_TOKEN": ENV.whatsapp_verify_token,
    "ENCRYPTION_KEYS": ENV.whatsapp_encryption_keys,
    "MESSAGES_PER_SECOND": ENV.whatsapp_messages_per_second,
    "QUIET_HOURS": ENV.whatsapp_quiet_hours,
    "MEDIA_HOSTS": ("lookaside.fbsbx.com", "graph.facebook.com", *ENV.whatsapp_media_hosts),
    "CUSTOMER_DIRECTORY": "cypher_erp.adapters.whatsapp.ErpCustomerDirectory",
    "ORDER_BOOK": "cypher_erp.adapters.whatsapp.ErpOrderBook",
    "CUSTOMER_NOTIFIER": "cypher_erp.adapters.whatsapp.ErpCustomerNotifier",
    "STAFF_NOTIFIER": "cypher_erp.adapters.whatsapp.ErpStaffNotifier",
    "DOCUMENT_MAKER": "cypher_erp.adapters.papers.ErpDocumentMaker",
    "ORDER_SIGNALS": {
        event: f"cypher_erp.orders.signals.{event}"
        for event in ("order_confirmed", "order_shipped", "order_delivered")
    },
}
