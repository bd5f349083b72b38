"""The site's settings. Every one of ours has an embedded default that works on one machine."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy

from cms.settings.environment import closed_to_others, database, day, kept_secret, listed, log_level, origin
from cms.settings.screens import screens
from render.language import languages
from render.paths import ROOT
from render.settings import read_settings, web_address

LOA = read_settings()
closed_to_others(LOA.home, with_database=not LOA.database_url)

DEBUG = os.environ.get("LOA_DEBUG") == "1"
SECRET_KEY = os.environ.get("LOA_SECRET_KEY") or kept_secret(LOA.home / "secret_key")
ALLOWED_HOSTS = listed(os.environ, "LOA_ALLOWED_HOSTS", ("127.0.0.1", "localhost", "[::1]"))

INSTALLED_APPS = [
    "cms.core",
    "cms.audit",
    "cms.approval",
    "cms.logins",
    "cms.offices",
    "cms.facts",
    "cms.articles",
    "cms.planning",
    "cms.questions",
    "cms.register",
    "cms.imports",
    "cms.production",
    "cms.sound",
    "cms.previews",
    "cms.checks",
    "cms.translation",
    "cms.delivery",
    "wagtail_localize",
    "wagtail_localize.locales",
    "wagtail.contrib.typed_table_block",
    "wagtail.sites",
    "cms.core.apps.UsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "cms.core.middleware.ContentSecurityPolicy",
    "cms.core.middleware.BoundedBody",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cms.core.middleware.Acting",
    "cms.core.doors.Doors",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "cms.urls"
WSGI_APPLICATION = "cms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": database(LOA.database_url, LOA.home)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Language. Screens speak Vietnamese and English; content any language of the registry.
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
LANGUAGE_CODE = "vi"
FORMAT_MODULE_PATH = ["cms.core.formats"]  # the day before the month
WAGTAIL_DATE_FORMAT = "%d/%m/%Y"
WAGTAIL_DATETIME_FORMAT = "%d/%m/%Y %H:%M"
SCREEN_LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
WAGTAIL_ALLOW_UNICODE_SLUGS = False  # a new title suggests an address without accents, as slugs must be
WAGTAIL_CONTENT_LANGUAGES = [(tag, gettext_lazy(one.name_vi)) for tag, one in languages().items()]
LANGUAGES = list(dict([*SCREEN_LANGUAGES, *WAGTAIL_CONTENT_LANGUAGES]).items())
LOCALE_PATHS = [screens(ROOT / "locales", LOA.home / "screens", [tag for tag, _name in LANGUAGES])]
WAGTAIL_I18N_ENABLED = True
WAGTAILADMIN_PERMITTED_LANGUAGES = SCREEN_LANGUAGES
# A language goes live when its own translation is approved, never because another one did; and nothing is thrown away.
WAGTAILLOCALIZE_SYNC_LIVE_STATUS_ON_TRANSLATE = False
WAGTAILLOCALIZE_DISABLE_ON_DELETE = True
TRANSLATION_UPLOAD_MAX_BYTES = 4_000_000

# Files of the admin itself; what readers see lies in the store.
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # they come from installed packages: nothing to collect, nothing to go stale
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600
MEDIA_ROOT = LOA.home / "media"
MEDIA_URL = "/media/"

# The newsroom's own address, and where its readers are.
SITE_URL = web_address(os.environ.get("LOA_SITE_URL") or "http://127.0.0.1:8000", "LOA_SITE_URL")
WAGTAIL_SITE_NAME = "Loa"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAIL_AUTO_UPDATE_PREVIEW_INTERVAL = 40  # ms: the editor's own script waits until the keys rest
WAGTAIL_ENABLE_UPDATE_CHECK = False  # no word to others about this installation
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_PASSWORD_RESET_ENABLED = False  # no mail server is assumed; an administrator sets passwords
WAGTAIL_WORKFLOW_ENABLED = True
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = False  # `cms.approval` knows which part an edit voids
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "cms.core.search"}}
TASKS = {"default": {"BACKEND": "cms.core.indexing.OnceBackend"}}

# Security.
_HTTPS = SITE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [origin(SITE_URL)]
WAGTAILADMIN_USER_LOGIN_FORM = "cms.logins.forms.LimitedLoginForm"
# Where a proxy of ours says who is asking (docker/nginx: X-Real-IP); empty: the connection itself says it.
CLIENT_ADDRESS_HEADER = os.environ.get("LOA_CLIENT_ADDRESS_HEADER", "")
SESSION_COOKIE_NAME = "loa_session"
CSRF_COOKIE_NAME = "loa_csrf"
SESSION_COOKIE_AGE = 12 * 3600  # a working day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
# Behind a proxy that ends TLS; it must set this header itself, as docker/nginx does.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
X_FRAME_OPTIONS = "SAMEORIGIN"  # previews are frames of the editor
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a long article has many small fields
DATA_UPLOAD_MAX_NUMBER_FILES = 2_000  # an import brings articles, translations and pictures; more come in a ZIP
ARTICLE_UPLOAD_MAX_BYTES = 1_000_000
RECORDING_UPLOAD_MAX_BYTES = 120_000_000  # twenty minutes of WAV in mono
REQUEST_MAX_BYTES = 128_000_000  # refused before a byte of it is read
TAKES_ROOT = Path(os.environ.get("LOA_TAKES") or LOA.home / "takes").absolute()  # what people have recorded
_STORE = origin(LOA.public_url)
CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": f"'self' data: {_STORE}",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": _STORE,
    "form-action": "'self'",
    "frame-ancestors": "'self'",
    "base-uri": "'none'",
}
# What Wagtail's admin needs beyond it: inline styles, its preview frames, drawn images. Never inline scripts.
CONTENT_SECURITY_POLICY_ADMIN = CONTENT_SECURITY_POLICY | {
    "style-src": "'self' 'unsafe-inline'",
    "img-src": f"'self' data: blob: {_STORE}",
    "font-src": "'self' data:",
    "frame-src": "'self'",
    "media-src": f"'self' {_STORE}",  # what is held back is heard here
    "worker-src": "'self' blob:",
}

# Production.
BUILD_DATE = day(os.environ, "LOA_BUILD_DATE")  # a fixed date for a demonstration; else today
BUILD_LEASE_S = 30
BUILD_HEARTBEAT_S = 5
BUILD_POLL_S = 1.0
BUILD_MAX_ATTEMPTS = 5
BUILD_RETRY_S = 10  # doubled with each attempt

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": log_level(os.environ, "WARNING")},
    "loggers": {"cms": {"level": log_level(os.environ, "INFO")}},
}
