"""Django settings made from an `Environment`. The two roles differ here and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from catalyst.settings.environment import Environment, listed
from catalyst.settings.logs import LOGGING as LOGGING_CONFIG

BASE_DIR = Path(__file__).resolve().parents[2]

ROLE_APPS = {
    "zero": ["sovereign_wizard", "dns", "franchise"],
    "sovereign": ["franchise"],
}
ROLE_URLS = {"zero": "catalyst.urls_zero", "sovereign": "catalyst.urls_sovereign"}
# Who sees the whole audit; everybody else sees what is theirs.
ROLE_AUDITORS = {
    "zero": ("catalyst-operator",),
    "sovereign": ("catalyst-operator", "sovereign-admin"),
}
LOCAL_BACKEND = "catalyst.identity.local.LocalBackend"
OIDC_BACKEND = "catalyst.identity.oidc.backend.OidcBackend"


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry of a `postgresql://` URL."""
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
    }


def mail(url: str, sender: str) -> dict[str, Any]:
    """Django's mail settings of an `smtp(s)://` URL. `smtp` is upgraded to TLS (STARTTLS)."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    inside = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "catalyst.mail.Smtp",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if inside else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": inside,
        "EMAIL_USE_TLS": not inside,
        "EMAIL_TIMEOUT": 20,
        "DEFAULT_FROM_EMAIL": sender,
    }


def log_in(env: Environment) -> dict[str, Any]:
    """How people log in: at the issuer, with a password kept here, or (laptop) either way."""
    return {
        "AUTHENTICATION_BACKENDS": [
            *([OIDC_BACKEND] if env.oidc_issuer else []),
            *([LOCAL_BACKEND] if env.local_login else []),
        ],
        # mozilla-django-oidc's; the rest catalyst.identity.oidc says itself.
        "OIDC_AUTHENTICATION_CALLBACK_URL": "oidc-callback",
        "OIDC_RP_SCOPES": "openid email profile",
        "OIDC_USE_PKCE": True,
        "OIDC_MAX_STATES": 10,
    }


def settings_for(env: Environment, *, debug: bool = False) -> dict[str, Any]:
    """All Django settings of one role. `secure` follows the scheme of the public URL."""
    secure = env.public_url.startswith("https://")
    redis = env.redis_url.get_secret_value()
    prefix = "__Host-" if secure else ""
    return {
        "BASE_DIR": BASE_DIR,
        "DEBUG": debug,
        "SECRET_KEY": env.secret_key.get_secret_value(),
        "ALLOWED_HOSTS": list(env.allowed_hosts),
        "CSRF_TRUSTED_ORIGINS": [env.public_url],
        "INSTALLED_APPS": [
            "daphne",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django.contrib.humanize",
            "django_htmx",
            "channels",
            "catalyst",
            *ROLE_APPS[env.role],
        ],
        "MIDDLEWARE": [
            "catalyst.web.middleware.RequestId",
            "catalyst.telemetry.middleware.Observed",
            "django.middleware.security.SecurityMiddleware",
            "catalyst.web.middleware.SecurityHeaders",
            "catalyst.web.middleware.BodyLimit",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
            "catalyst.identity.oidc.middleware.StillKnown",
            "catalyst.identity.middleware.MustSetPassword",
            "catalyst.language.choice.KeptLanguage",
            "franchise.site.brand.context.FirstLanguage",
            "catalyst.identity.visits.Visiting",
            "catalyst.web.middleware.Problems",
        ],
        "ROOT_URLCONF": ROLE_URLS[env.role],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [BASE_DIR / "templates"],
                "APP_DIRS": False,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "catalyst.web.context.shell",
                        "franchise.site.brand.context.brand",
                    ],
                    "builtins": [
                        "catalyst.web.templatetags.catalyst",
                        "django.templatetags.i18n",
                    ],
                    "loaders": [
                        "django.template.loaders.filesystem.Loader",
                    ],
                },
            }
        ],
        "ASGI_APPLICATION": "catalyst.asgi.application",
        "DATABASES": {"default": database(env.database_url.get_secret_value())},
        "CHANNEL_LAYERS": {
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {"hosts": [redis], "prefix": f"{env.redis_prefix}:channels"},
            }
        },
        "CELERY_BROKER_URL": redis,
        "CELERY_BROKER_TRANSPORT_OPTIONS": {"global_keyprefix": f"{env.redis_prefix}:celery:"},
        "AUTH_USER_MODEL": "catalyst.User",
        **log_in(env),
        "PASSWORD_HASHERS": [
            "django.contrib.auth.hashers.Argon2PasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": 12},
            },
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
        ],
        "LOGIN_URL": "/login/",
        "LOGIN_REDIRECT_URL": "/home/",  # leads to the first page that this person may see
        "LOGOUT_REDIRECT_URL": "/login/",
        "SESSION_ENGINE": "catalyst.identity.sessions",
        "SESSION_COOKIE_AGE": 12 * 3600,  # without being used; see identity.sessions.LONGEST too
        "SESSION_COOKIE_NAME": f"{prefix}session",
        "CSRF_COOKIE_NAME": f"{prefix}csrf",
        "SESSION_COOKIE_SECURE": secure,
        "CSRF_COOKIE_SECURE": secure,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_HTTPONLY": True,
        "SECURE_SSL_REDIRECT": secure,
        "SECURE_REDIRECT_EXEMPT": [r"^(healthz|readyz|metrics)$"],
        "SECURE_PROXY_SSL_HEADER": (
            ("HTTP_X_FORWARDED_PROTO", "https") if env.trusted_proxy else None
        ),
        "SECURE_HSTS_SECONDS": 31_536_000 if secure else 0,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": secure,
        # Browsers send `Origin: null` under no-referrer, and Django refuses such forms.
        "SECURE_REFERRER_POLICY": "same-origin",
        "CSRF_FAILURE_VIEW": "catalyst.web.errors.csrf_failed",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 1_048_576,
        "LANGUAGE_CODE": "en",
        "LANGUAGES": [("en", "English"), ("ar", "العربية")],
        "LOCALE_PATHS": [BASE_DIR / "locale"],
        "LANGUAGE_COOKIE_NAME": f"{prefix}language",
        "LANGUAGE_COOKIE_AGE": 365 * 24 * 3600,
        "LANGUAGE_COOKIE_SECURE": secure,
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
        "FORMAT_MODULE_PATH": ["catalyst.language.formats"],
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "STATIC_URL": "/static/",
        "STATICFILES_DIRS": [BASE_DIR / "static" / "dist"],
        "WHITENOISE_USE_FINDERS": True,
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        # E-mail is unique per issuer, not by itself (identity.models).
        "SILENCED_SYSTEM_CHECKS": ["auth.W004"],
        **mail(env.smtp_url.get_secret_value(), env.mail_from),
        "FORM_RENDERER": "django.forms.renderers.TemplatesSetting",
        "LOGGING_CONFIG": None,
        "LOGGING": LOGGING_CONFIG,
        "AUDIT_READ_ALL": ROLE_AUDITORS[env.role],
        "CATALYST": env,
        "CATALYST_VAULT_KEY": env.vault_key.get_secret_value(),
        "CATALYST_VAULT_OTHER_KEYS": listed(env.vault_other_keys),
    }
