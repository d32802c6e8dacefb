"""Settings: read once, and a wrong one ends the start with one line that names it."""

from __future__ import annotations

import ipaddress
import json
import stat
from dataclasses import fields
from pathlib import Path

import pytest

from core.settings import Rate, Settings, SettingsError, development_secrets, parse_rate, write_development_secrets

STRONG = "tests-only-secret-0123456789-abcdefghijklmnop"
PRODUCTION = {
    "APP_ENV": "production", "SECRET_KEYS": STRONG, "PUBLIC_URL": "https://mind.example.org", "DATABASE_URL": "postgresql://u@db/m", "REDIS_URL": "redis://r:6379/0",
}  # fmt: skip


def test_nothing_set_is_a_working_development(tmp_path: Path) -> None:
    found = Settings.from_env({"MENTALSPACE_HOME": str(tmp_path)})
    assert (found.app_env, found.port, found.base_url, found.verifies_email, found.production) == ("development", 8080, "http://127.0.0.1:8080", False, False)
    assert (found.limit_login, found.limit_uploads, found.limit_imports, found.limit_exports) == (Rate(10, 900), Rate(30, 3600), Rate(10, 86400), Rate(3, 86400))
    assert (found.limit_register, found.limit_forgot, found.limit_forgot_address, found.limit_refresh) == (Rate(60, 3600), Rate(5, 3600), Rate(20, 3600), Rate(60, 3600))
    assert (found.limit_default, found.limit_unauthenticated, found.limit_login_address) == (Rate(600, 60), Rate(300, 60), Rate(30, 900))


WRONG = [
    ("APP_ENV", "staging"),
    ("PORT", "http"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "80.5"),
    ("WEB_CONCURRENCY", "0"),
    ("WEB_CONCURRENCY", "-1"),
    ("WORKER_THREADS", "many"),
    ("DATABASE_POOL", "65"),
    ("DATABASE_URL", "mysql://x/y"),
    ("DATABASE_URL", "not a url"),
    ("DATABASE_URL", "postgresql://x:99999/y"),
    ("REDIS_URL", "http://x"),
    ("REDIS_URL", "redis://x:port"),
    ("BROKER_URL", "kafka://x"),
    ("PUBLIC_URL", "ftp://x"),
    ("PUBLIC_URL", "mind.example.org"),
    ("PUBLIC_URL", "http://[::1"),
    ("S3_ENDPOINT_URL", "s3://bucket"),
    ("CDN_BASE_URL", "//cdn"),
    ("SENDGRID_HOST", "api.sendgrid.com"),
    ("EMAIL_VERIFICATION", "sometimes"),
    ("HOST", "http://127.0.0.1"),
    ("HOST", "localhost:8080"),
    ("HOST", "[::1]"),
    ("HOST", "300.1.1.1"),
    ("HOST", "0.0.0.0/0"),
    ("HOST", "*"),
    ("HOST", "two words"),
    ("HOST", "a" * 64),
    ("MAIL_FROM", "hello"),
    ("MAIL_FROM", "hello@localhost"),
    ("MAIL_FROM", "hello@@example.org"),
    ("MAIL_FROM", "Mind <hello@example.org"),
    ("MAIL_FROM", "Mind <hello@example.org> Space"),
    ("MAIL_FROM", "Mind, Space <hello@example.org>"),
    ("MAIL_FROM", "hello@example.org, other@example.org"),
    ("MAIL_FROM", "Mind\nBcc: x <hello@example.org>"),
    ("CORS_ORIGINS", "*"),
    ("CORS_ORIGINS", "null"),
    ("CORS_ORIGINS", "app.example.org"),
    ("CORS_ORIGINS", "https://*.example.org"),
    ("CORS_ORIGINS", "https://app.example.org/"),
    ("CORS_ORIGINS", "https://app.example.org/app"),
    ("CORS_ORIGINS", "https://app.example.org:0"),
    ("CORS_ORIGINS", "https://app.example.org:65536"),
    ("CORS_ORIGINS", "https://ana@app.example.org"),
    ("CORS_ORIGINS", "https://app.example.org, *"),
    ("CORS_ORIGINS", "https://app.example.org https://other.example.org"),
    ("TRUSTED_PROXIES", "10.0.0.0/8, nonsense"),
    ("TRUSTED_PROXIES", "10.0.0.0/99"),
    ("SECRET_KEYS", "short"),
    ("SECRET_KEYS", "a" * 64),
    ("SECRET_KEYS", f"{STRONG},weak"),
    ("LOG_LEVEL", "loud"),
    ("LOG_FORMAT", "xml"),
    ("SENTRY_DSN", "sentry"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
    ("BCRYPT_ROUNDS", "3"),
    ("BCRYPT_ROUNDS", "31"),
    ("LIMIT_LOGIN", "ten"),
    ("LIMIT_LOGIN", "10"),
    ("LIMIT_DEFAULT", "0/1m"),
    ("LIMIT_DEFAULT", "10/0m"),
    ("LIMIT_IMPORTS", "10/1w"),
    ("LIMIT_EXPORTS", "-3/1d"),
    ("LIMIT_UNAUTHENTICATED", "OFF"),
]


def test_a_wrong_variable_is_one_line_that_names_it(tmp_path: Path) -> None:
    for variable, value in WRONG:
        with pytest.raises(SettingsError) as wrong:
            Settings.from_env({"MENTALSPACE_HOME": str(tmp_path), variable: value})
        assert str(wrong.value).startswith(variable), value
        assert "\n" not in str(wrong.value)
        if variable == "SECRET_KEYS":
            assert value not in str(wrong.value)


def test_an_empty_variable_is_an_unset_one_and_each_says_what_it_is(tmp_path: Path) -> None:
    env = {"MENTALSPACE_HOME": str(tmp_path)}
    for each in fields(Settings):
        variable = each.metadata["variable"]
        if variable != "MENTALSPACE_HOME":
            assert Settings.from_env({**env, variable: "  "}) == Settings.from_env(env), variable
        assert each.metadata["says"], variable


@pytest.mark.parametrize(
    ("without", "value", "says"),
    [
        ("SECRET_KEYS", "", "SECRET_KEYS is required"),
        ("PUBLIC_URL", "", "PUBLIC_URL is required"),
        ("BCRYPT_ROUNDS", "11", "BCRYPT_ROUNDS must be"),
        ("SECRET_KEYS", "changeme", "SECRET_KEYS holds a weak"),
        ("SECRET_KEYS", "changeme" * 8, "SECRET_KEYS holds a weak"),
    ],
)
def test_production_refuses_what_is_weak(without: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Settings.from_env({**PRODUCTION, without: value})


def test_production_as_it_should_be() -> None:
    found = Settings.from_env(PRODUCTION)
    assert (found.production, found.verifies_email, found.base_url, found.bcrypt_rounds) == (True, True, "https://mind.example.org", 12)
    assert Settings.from_env({**PRODUCTION, "EMAIL_VERIFICATION": "optional"}).verifies_email is False
    assert (found.broker(), Settings.from_env({**PRODUCTION, "BROKER_URL": "amqp://q"}).broker()) == ("redis://r:6379/0", "amqp://q")


@pytest.mark.parametrize("service", ["DATABASE_URL", "REDIS_URL"])
def test_production_takes_no_embedded_server(tmp_path: Path, service: str) -> None:
    (tmp_path / "services.json").write_text(json.dumps({"database_url": "postgresql://embedded/x", "redis_url": "redis://embedded"}))
    found = Settings.from_env({**PRODUCTION, "MENTALSPACE_HOME": str(tmp_path), service: ""})
    with pytest.raises(SettingsError, match=f"^{service} is not set"):
        _ = (found.database(), found.redis())


def test_development_finds_the_running_instance_of_its_home(tmp_path: Path) -> None:
    env = {"MENTALSPACE_HOME": str(tmp_path)}
    with pytest.raises(SettingsError, match=f"no instance runs under {tmp_path}"):
        Settings.from_env(env).database()
    (tmp_path / "services.json").write_text(json.dumps({"database_url": "postgresql://embedded/x", "redis_url": "redis://embedded"}))
    found = Settings.from_env({**env, "REDIS_URL": "redis://mine"})
    assert (found.database(), found.redis()) == ("postgresql://embedded/x", "redis://mine")


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("20/1s", Rate(20, 1)),
        ("10/15m", Rate(10, 900)),
        ("60/1h", Rate(60, 3600)),
        ("3/1d", Rate(3, 86400)),
        ("off", Rate(None, 1)),
        ("999999/999999d", Rate(999_999, 999_999 * 86400)),
    ],
)
def test_rates(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "1", "/1s", "1/s", "1/1", "1/1S", "1 / 1s", "1/1s\n", "-1/1s", "1.5/1s", "1/1sx", "9999999/1s", "none"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        parse_rate(text)


def test_lists_and_addresses_are_read(tmp_path: Path) -> None:
    found = Settings.from_env(
        {
            "MENTALSPACE_HOME": str(tmp_path), "CORS_ORIGINS": " https://a.example.org , https://b.example.org,", "TRUSTED_PROXIES": "10.1.2.3/8, 2001:db8::/32,192.0.2.7",
            "PUBLIC_URL": "https://mind.example.org/", "SECRET_KEYS": f"{STRONG}, {STRONG[::-1]}",
        }
    )  # fmt: skip
    assert found.cors_origins == ("https://a.example.org", "https://b.example.org")
    assert found.trusted_proxies == tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32")))
    assert (found.public_url, found.secret_keys) == ("https://mind.example.org", (STRONG, STRONG[::-1]))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::", "localhost", "api-1.example.org", "3com.com", "h_1"])
def test_a_host_is_an_address_or_a_name(tmp_path: Path, host: str) -> None:
    assert Settings.from_env({"MENTALSPACE_HOME": str(tmp_path), "HOST": host}).host == host


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8080"), ("0.0.0.0", "http://127.0.0.1:8080"), ("::", "http://[::1]:8080"), ("fd00::7", "http://[fd00::7]:8080"), ("box", "http://box:8080")],
)
def test_this_machine_reaches_the_api_where_it_listens(tmp_path: Path, host: str, url: str) -> None:
    found = Settings.from_env({"MENTALSPACE_HOME": str(tmp_path), "HOST": host})
    assert (found.local_url, found.base_url) == (url, url)


def test_what_an_address_may_follows_what_an_account_may(tmp_path: Path) -> None:
    found = Settings.from_env({"MENTALSPACE_HOME": str(tmp_path), "LIMIT_LOGIN": "off", "LIMIT_FORGOT": "2/1m"})
    assert (found.limit_login_address, found.limit_forgot_address) == (Rate(None, 900 if found.limit_login.seconds == 900 else 1), Rate(8, 60))
    found = Settings.from_env({"MENTALSPACE_HOME": str(tmp_path), "LIMIT_LOGIN": "off", "LIMIT_LOGIN_ADDRESS": "50/1h"})
    assert (found.limit_login.count, found.limit_login_address) == (None, Rate(50, 3600))


def test_an_origin_is_kept_as_browsers_send_it(tmp_path: Path) -> None:
    origins = "HTTPS://App.Example.org:443,http://localhost:3000,http://[::1]:80,https://a.example.org:80,capacitor://localhost"
    found = Settings.from_env({"MENTALSPACE_HOME": str(tmp_path), "CORS_ORIGINS": origins})
    assert found.cors_origins == ("https://app.example.org", "http://localhost:3000", "http://[::1]", "https://a.example.org:80", "capacitor://localhost")


@pytest.mark.parametrize("sender", ["hello@example.org", "<hello@example.org>", "Ánima & Co. <hello+mind@mail.example.org>", '"Mind, Space" <hello@example.org>'])
def test_a_sender_is_an_address_with_or_without_a_name(tmp_path: Path, sender: str) -> None:
    assert Settings.from_env({"MENTALSPACE_HOME": str(tmp_path), "MAIL_FROM": sender}).mail_from == sender


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b"3", b"null", b'{"database_url": 3, "redis_url": null}', b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}'])
def test_a_services_file_that_nobody_wrote_is_no_running_instance(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "services.json").write_bytes(broken)
    found = Settings.from_env({"MENTALSPACE_HOME": str(tmp_path)})
    for service in (found.database, found.redis):
        with pytest.raises(SettingsError, match=f"no instance runs under {tmp_path}"):
            service()


def test_a_services_file_that_cannot_be_read_is_no_running_instance(tmp_path: Path) -> None:
    (tmp_path / "services.json").mkdir()
    with pytest.raises(SettingsError, match=f"no instance runs under {tmp_path}"):
        Settings.from_env({"MENTALSPACE_HOME": str(tmp_path)}).database()


def test_development_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    chosen = Settings.from_env({"MENTALSPACE_HOME": str(tmp_path / "deep" / "home")})
    first = development_secrets(chosen)
    assert development_secrets(chosen) == first
    assert len(first[0]) >= 32
    assert stat.S_IMODE(chosen.secrets_file.stat().st_mode) == 0o600
    write_development_secrets(chosen, (STRONG, *first))
    assert development_secrets(chosen) == (STRONG, *first)
    assert [path.name for path in chosen.home.iterdir()] == ["secret_keys"]


def test_a_home_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"^MENTALSPACE_HOME .* cannot be written: File exists$"):
        development_secrets(Settings.from_env({"MENTALSPACE_HOME": str(tmp_path / "file")}))
