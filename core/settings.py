"""Every setting of the system, read once from the environment into one frozen object.

Each field carries its variable, a parser, a default and one sentence for the README;
a wrong value raises `SettingsError` with one line naming the variable.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from core import networks


class SettingsError(Exception):
    """One setting is missing or wrong; the message is one line for whoever starts the system."""


@dataclass(frozen=True)
class Rate:
    """At most `count` hits in `seconds`, counted from the first of them; `count` None means no limit."""

    count: int | None
    seconds: int

    def times(self, number: int) -> Rate:
        return Rate(None if self.count is None else self.count * number, self.seconds)


def _optional(value: str) -> str | None:
    return value or None


def _bucket(value: str) -> str | None:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    if value and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", value):
        raise ValueError("must be 3 to 63 lower-case letters, digits, dots and hyphens")
    return value or None


def _integer(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise ValueError("must be a whole number")
        number = int(value)
        if not low <= number <= high:
            raise ValueError(f"must be between {low} and {high}")
        return number

    return parse


def _choice(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(filter(None, choices))}")
        return value

    return parse


def _url(*schemes: str) -> Callable[[str], str | None]:
    def parse(value: str) -> str | None:
        if not value:
            return None
        parts = urlsplit(value)
        if parts.scheme not in schemes:
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        if parts.port is not None and not 0 < parts.port < 65536:
            raise ValueError("has a port out of range")
        return value.rstrip("/") if parts.scheme in ("http", "https") else value

    return parse


def _list(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def _networks(value: str) -> tuple[networks.Network, ...]:
    return tuple(networks.network(item) for item in _list(value))


_HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*(?!\d+\.?\Z)[a-z0-9_-]{1,63}\.?\Z", re.IGNORECASE | re.ASCII)
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?\Z", re.IGNORECASE | re.ASCII)
_MAIL_ADDRESS = re.compile(r"[^\s@<>()\[\],:;\\\"]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}\Z")
_PORTS = {"http": 80, "https": 443}


def _host(value: str) -> str:
    if networks.address(value) is None and not _HOST_NAME.match(value):
        raise ValueError("must be an address or a host name, without a port (PORT is a variable of its own)")
    return value


def _origins(value: str) -> tuple[str, ...]:
    return tuple(_origin(item) for item in _list(value))


def _origin(item: str) -> str:
    """As browsers send it: in small letters, without the port its scheme has anyway."""
    match = _ORIGIN.match(item)
    if not match or not 0 < int(match[3] or 1) < 65536:
        raise ValueError(f"must hold origins like https://app.example.org or http://localhost:3000, which {item[:80]!r} is not")
    scheme, host = match[1].lower(), match[2].lower()
    return f"{scheme}://{host}" if match[3] is None or int(match[3]) == _PORTS.get(scheme) else f"{scheme}://{host}:{int(match[3])}"


def _sender(value: str) -> str:
    """One address, as a mailer will take it apart again."""
    address = parseaddr(value)[1]
    if not _MAIL_ADDRESS.match(address) or not value.isprintable() or not (value == address or value.endswith(f"<{address}>")):
        raise ValueError("must be an email address, alone or after a name: MentalSpace <hello@example.org>")
    return value


def _public_key(value: str) -> str | None:
    """An elliptic-curve key as SendGrid shows it: its DER in base64."""
    if not value:
        return None
    try:
        found = load_der_public_key(base64.b64decode(value, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, ec.EllipticCurvePublicKey):
        raise ValueError("must be the verification key of the signed event webhook, in base64, as SendGrid shows it")
    return value


def _path(value: str) -> Path:
    return Path(value).expanduser().absolute()


_PERIOD = re.compile(r"(\d{1,6})/(\d{1,6})(s|m|h|d)\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_rate(value: str) -> Rate:
    """`20/1s`, `10/15m`, `60/1h`, `3/1d` or `off`."""
    if value == "off":
        return Rate(None, 1)
    match = _PERIOD.match(value)
    if not match or int(match[1]) == 0 or int(match[2]) == 0:
        raise ValueError("must look like 20/1s, 10/15m, 60/1h, 3/1d or off")
    return Rate(int(match[1]), int(match[2]) * _SECONDS[match[3]])


def _rate_or_none(value: str) -> Rate | None:
    return parse_rate(value) if value else None


def _setting(variable: str, default: str, parse: Callable[[str], Any], says: str) -> Any:
    return field(metadata={"variable": variable, "default": default, "parse": parse, "says": says})


@dataclass(frozen=True)
class Settings:
    app_env: str = _setting(
        "APP_ENV", "development", _choice("development", "production"), "`development` or `production`; production refuses weak secrets and has no development mailbox"
    )
    home: Path = _setting("MENTALSPACE_HOME", ".local", _path, "where the embedded servers, uploads and development secrets live")
    host: str = _setting("HOST", "127.0.0.1", _host, "the address the API listens on")
    port: int = _setting("PORT", "8080", _integer(1, 65535), "the port the API listens on")
    web_concurrency: int = _setting("WEB_CONCURRENCY", "1", _integer(1, 64), "how many API processes share the port")
    worker_threads: int = _setting("WORKER_THREADS", "8", _integer(1, 64), "how many jobs one worker process runs at once")
    public_url: str | None = _setting("PUBLIC_URL", "", _url("http", "https"), "the address people reach the API under, used in mails; never taken from a request")
    database_url: str | None = _setting("DATABASE_URL", "", _url("postgresql", "postgres"), "PostgreSQL; unset: an embedded one under MENTALSPACE_HOME")
    database_pool: int = _setting("DATABASE_POOL", "4", _integer(1, 64), "database connections a process holds at most; a small pool is faster than a large one")
    redis_url: str | None = _setting("REDIS_URL", "", _url("redis", "rediss", "unix"), "Redis; unset: an embedded one under MENTALSPACE_HOME")
    broker_url: str | None = _setting(
        "BROKER_URL", "", _url("redis", "rediss", "unix", "amqp", "amqps"), "where job messages travel; unset: REDIS_URL. `amqp://` needs the `amqp` extra"
    )
    secret_keys: tuple[str, ...] = _setting(
        "SECRET_KEYS",
        "",
        _list,
        "master secrets, newest first, comma-separated, each at least 32 characters; required in production, made and kept under MENTALSPACE_HOME in development",
    )
    email_verification: str = _setting("EMAIL_VERIFICATION", "", _choice("", "optional", "required"), "`optional` or `required`; unset: required in production, optional elsewhere")
    sendgrid_api_key: str | None = _setting(
        "SENDGRID_API_KEY", "", _optional, "sends mail for real; unset: mails go to the development mailbox (in production: nowhere, and the log says so)"
    )
    sendgrid_host: str = _setting("SENDGRID_HOST", "https://api.sendgrid.com", _url("http", "https"), "SendGrid's API")
    sendgrid_webhook_key: str | None = _setting(
        "SENDGRID_WEBHOOK_KEY", "", _public_key, "the public key SendGrid shows for its signed event webhook (`POST /api/mail/events`); unset: every call of it is refused"
    )
    mail_from: str = _setting("MAIL_FROM", "MentalSpace <hello@mentalspace.invalid>", _sender, "the sender of every mail")
    s3_bucket: str | None = _setting("S3_BUCKET", "", _bucket, "keeps files on S3; unset: under MENTALSPACE_HOME")
    s3_endpoint_url: str | None = _setting("S3_ENDPOINT_URL", "", _url("http", "https"), "an S3-compatible service instead of Amazon's")
    cdn_base_url: str | None = _setting("CDN_BASE_URL", "", _url("http", "https"), "public files are linked under this address")
    cors_origins: tuple[str, ...] = _setting("CORS_ORIGINS", "", _origins, "origins whose pages may call the API, comma-separated")
    trusted_proxies: tuple[networks.Network, ...] = _setting("TRUSTED_PROXIES", "", _networks, "CIDRs whose X-Forwarded-For and X-Forwarded-Proto are believed, comma-separated")
    metrics_token: str | None = _setting("METRICS_TOKEN", "", _optional, "bearer token for /metrics from elsewhere; without it only loopback callers are answered")
    log_level: str = _setting("LOG_LEVEL", "info", _choice("debug", "info", "warning", "error"), "the least level that is logged")
    log_format: str = _setting("LOG_FORMAT", "", _choice("", "json", "console"), "`json` or `console`; unset: json in production, console elsewhere")
    sentry_dsn: str | None = _setting("SENTRY_DSN", "", _url("http", "https"), "reports errors to Sentry, without bodies, headers or local variables")
    otel_endpoint: str | None = _setting("OTEL_EXPORTER_OTLP_ENDPOINT", "", _url("http", "https"), "sends traces by OTLP over HTTP; needs the `otel` extra")
    bcrypt_rounds: int = _setting("BCRYPT_ROUNDS", "12", _integer(4, 16), "cost of a password hash, as a power of two; production wants at least 12")
    limit_login: Rate = _setting("LIMIT_LOGIN", "10/15m", parse_rate, "failed logins per account and unknown device")
    limit_login_address: Rate = _setting("LIMIT_LOGIN_ADDRESS", "", _rate_or_none, "failed logins per client address; unset: three times LIMIT_LOGIN")
    limit_register: Rate = _setting("LIMIT_REGISTER", "60/1h", parse_rate, "registrations per client address")
    limit_forgot: Rate = _setting("LIMIT_FORGOT", "5/1h", parse_rate, "reset mails per account, and verification mails per address (counted apart)")
    limit_forgot_address: Rate = _setting("LIMIT_FORGOT_ADDRESS", "", _rate_or_none, "reset requests per client address; unset: four times LIMIT_FORGOT")
    limit_refresh: Rate = _setting("LIMIT_REFRESH", "60/1h", parse_rate, "token refreshes per session")
    limit_messages: Rate = _setting("LIMIT_MESSAGES", "60/1m", parse_rate, "chat messages per sender and session; a third of them may come at once")
    limit_signals: Rate = _setting("LIMIT_SIGNALS", "5/1s", parse_rate, "typing and read signals per socket")
    limit_uploads: Rate = _setting("LIMIT_UPLOADS", "30/1h", parse_rate, "uploaded files per person")
    limit_imports: Rate = _setting("LIMIT_IMPORTS", "10/1d", parse_rate, "mood imports per person")
    limit_exports: Rate = _setting("LIMIT_EXPORTS", "3/1d", parse_rate, "data exports per person")
    limit_default: Rate = _setting("LIMIT_DEFAULT", "600/1m", parse_rate, "all other requests per signed-in principal")
    limit_unauthenticated: Rate = _setting("LIMIT_UNAUTHENTICATED", "300/1m", parse_rate, "all other requests per client address without one")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the environment. Raises SettingsError naming the first wrong variable."""
        env = os.environ if env is None else env
        values: dict[str, Any] = {}
        for each in fields(cls):
            variable = each.metadata["variable"]
            raw = env.get(variable, "").strip() or each.metadata["default"]
            try:
                values[each.name] = each.metadata["parse"](raw)
            except ValueError as error:
                raise SettingsError(f"{variable} {error}") from None
        # Whoever changes what one account may do means what one address may do by it.
        for name, following, times in (("limit_login_address", "limit_login", 3), ("limit_forgot_address", "limit_forgot", 4)):
            values[name] = values[name] or values[following].times(times)
        settings = cls(**values)._completed()
        settings._checked()
        return settings

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def verifies_email(self) -> bool:
        return (self.email_verification or ("required" if self.production else "optional")) == "required"

    @property
    def base_url(self) -> str:
        return self.public_url or self.local_url

    @property
    def local_url(self) -> str:
        """Where this machine reaches the API."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (a comparison, nothing is bound)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def instance_url(self) -> str:
        """Where this machine reaches the instance that runs under this home, whatever PORT says here."""
        return _announced(self.services_file).get("address") or self.local_url

    @property
    def services_file(self) -> Path:
        """Written by `mentalspace up`: where the embedded servers of this home listen."""
        return self.home / "services.json"

    @property
    def secrets_file(self) -> Path:
        return self.home / "secret_keys"

    def database(self) -> str:
        """The database's address. Raises SettingsError where there is none."""
        return self._service(self.database_url, "DATABASE_URL")

    def redis(self) -> str:
        """Redis's address. Raises SettingsError where there is none."""
        return self._service(self.redis_url, "REDIS_URL")

    def broker(self) -> str:
        return self.broker_url or self.redis()

    def _service(self, value: str | None, variable: str) -> str:
        if value:
            return value
        raise SettingsError(f"{variable} is not set and no instance runs under {self.home}: start one with `make run`, or set {variable}")

    def _completed(self) -> Settings:
        """Outside production, what is unset comes from the running embedded instance of this home."""
        found: dict[str, str] = {}
        if not self.production and not (self.database_url and self.redis_url):
            found = _announced(self.services_file)
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in ("database_url", "redis_url"):
            values[name] = values[name] or found.get(name)
        return Settings(**values)

    def _checked(self) -> None:
        for secret in self.secret_keys:
            if len(secret) < 32 or len(set(secret)) < 10:
                raise SettingsError("SECRET_KEYS holds a weak secret: each needs at least 32 characters, not repeated ones (try `openssl rand -base64 48`)")
        if self.production:
            if not self.secret_keys:
                raise SettingsError("SECRET_KEYS is required in production (try `openssl rand -base64 48`)")
            if not self.public_url:
                raise SettingsError("PUBLIC_URL is required in production: mails link to it")
            if self.bcrypt_rounds < 12:
                raise SettingsError("BCRYPT_ROUNDS must be at least 12 in production")


def _announced(path: Path) -> dict[str, str]:
    """What `mentalspace up` wrote there; nothing where there is no such file, or another one: the next `up` writes it anew."""
    try:
        found = json.loads(path.read_text())
        return {name: url for name, url in found.items() if isinstance(url, str)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def development_secrets(settings: Settings) -> tuple[str, ...]:
    """The master secrets kept under MENTALSPACE_HOME, newest first; made on the first call.

    Raises SettingsError when the home cannot be written.
    """
    path = settings.secrets_file
    if not path.exists():
        write_development_secrets(settings, (secrets.token_urlsafe(48),))
    return tuple(path.read_text().split())


def write_development_secrets(settings: Settings, keys: tuple[str, ...]) -> None:
    """Replace the home's master secrets in one step, readable by their owner alone."""
    path = settings.secrets_file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("\n".join(keys) + "\n")
        draft.replace(path)
    except OSError as error:
        raise SettingsError(f"MENTALSPACE_HOME {settings.home} cannot be written: {error.strerror}") from None
