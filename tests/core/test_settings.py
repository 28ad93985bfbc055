"""One TOML file and variables: every key, the nearest right one, and no secrets in the file."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from gateway.adapter import AdapterSettings
from gateway.errors import CannotStart
from gateway.settings import (
    EXIT_SETTINGS,
    Settings,
    adapter_settings,
    check_adapter_names,
    load,
)

EVERYTHING = """
[home]
name = "Elm Street"
timezone = "Europe/Berlin"
units = "us"
latitude = 52.5
longitude = 13.4
week_start = "sunday"
prefer = ["kasa", "homekit"]
[server]
host = "0.0.0.0"
port = 8421
allowed_hosts = ["host.docker.internal"]
[network]
interface = "10.77.0.254"
broadcast = "10.77.0.255"
[adapters.kasa]
enabled = true
hosts = ["10.77.0.11"]
[adapters.homematic]
hosts = ["10.77.0.31:2001"]
"""


class WithLogin(AdapterSettings):
    """An adapter that needs a login."""

    username: str | None = None
    password: str | None = None
    interval: float = Field(10, gt=0)


def file(folder: Path, text: str) -> Path:
    path = folder / "homeport.toml"
    path.write_text(text)
    return path


def wrong(path: Path | None, environment: dict[str, str] | None = None) -> CannotStart:
    with pytest.raises(CannotStart) as raised:
        load(path, environment or {})
    error = raised.value
    assert error.exit_code == EXIT_SETTINGS == 2
    assert error.detail and "\n" not in error.detail and "Traceback" not in error.detail
    return error


def test_every_documented_key_is_taken(tmp_path: Path) -> None:
    settings = load(file(tmp_path, EVERYTHING), {})
    assert settings.home.name == "Elm Street"
    assert (settings.home.timezone, settings.home.units) == ("Europe/Berlin", "us")
    assert (settings.home.latitude, settings.home.longitude) == (52.5, 13.4)
    assert (settings.home.week_start, settings.home.prefer) == ("sunday", ["kasa", "homekit"])
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 8421)
    assert settings.server.allowed_hosts == ["host.docker.internal"]
    assert settings.network.interface == "10.77.0.254"
    assert settings.network.broadcast == "10.77.0.255"
    assert adapter_settings("kasa", AdapterSettings, settings).hosts == ["10.77.0.11"]
    assert adapter_settings("homematic", AdapterSettings, settings).enabled


def test_without_a_file_there_are_defaults() -> None:
    settings = load(None, {})
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8420)
    assert settings.home.units == "metric" and settings.home.week_start == "monday"
    assert adapter_settings("sonos", AdapterSettings, settings) == AdapterSettings()


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("[home]\ntimezon = 'UTC'", "home.timezon", "timezone"),
        ("[server]\nprt = 1", "server.prt", "port"),
        ("[servr]\nport = 1", "servr", "server"),
        ("[network]\ninterfaces = '10.0.0.1'", "network.interfaces", "interface"),
        ("homes = 1", "homes", "home"),
        ("[home]\nzzzz = 1", "home.zzzz", "Known: name, timezone"),
    ],
)
def test_an_unknown_key_names_the_nearest(tmp_path: Path, text: str, key: str, hint: str) -> None:
    error = wrong(file(tmp_path, text))
    assert f"unknown setting {key}" in error.detail
    assert "homeport.toml" in error.detail
    assert error.hint is not None and hint in error.hint


@pytest.mark.parametrize(
    "text",
    [
        "[home]\ntimezone = 'Europe/Berln'",
        "[home]\ntimezone = 'Europe'",
        "[home]\ntimezone = ''",
        "[home]\ntimezone = '../../etc/passwd'",
        "[home]\ntimezone = 'a\\u0000b'".replace("'", '"'),
        "[home]\nunits = 'imperial'",
        "[home]\nname = ''",
        "[home]\nlatitude = 91",
        "[home]\nlatitude = nan",
        "[home]\nlongitude = inf",
        "[home]\nprefer = 'kasa'",
        "[server]\nport = 65536",
        "[server]\nport = -1",
        "[server]\nport = 'http'",
        "[server]\nallowed_hosts = 'one.example'",
        "server = 8420",
        "adapters = 5",
        "adapters = ['kasa']",
        "[adapters]\nkasa = true",
        "[home",
        "[home]\nname = 'a'\nname = 'b'",
        "\\x00",
    ],
)
def test_what_makes_no_sense_is_one_sentence(tmp_path: Path, text: str) -> None:
    wrong(file(tmp_path, text))


def test_a_wrong_time_zone_says_what_one_looks_like(tmp_path: Path) -> None:
    error = wrong(file(tmp_path, "[home]\ntimezone = 'Berlin'"))
    assert "'Berlin' is no time zone; an example is Europe/Berlin" in error.detail


def test_a_file_that_is_not_there_or_not_text_is_one_sentence(tmp_path: Path) -> None:
    assert "does not exist" in wrong(tmp_path / "none.toml").detail
    assert "cannot be read" in wrong(tmp_path).detail
    path = tmp_path / "homeport.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in wrong(path).detail


@pytest.mark.parametrize("key", ["password", "username", "token", "secret"])
def test_secrets_in_the_file_are_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    error = wrong(file(tmp_path, f"[adapters.kasa]\n{key} = 'hunter2'"))
    assert f"[adapters.kasa] {key} is a secret" in error.detail
    assert error.hint is not None and f"HOMEPORT_ADAPTERS__KASA__{key.upper()}" in error.hint
    assert "hunter2" not in str(error.problem())


def test_variables_win_over_the_file(tmp_path: Path) -> None:
    environment = {
        "HOMEPORT_SERVER__PORT": "9000",
        "HOMEPORT_HOME__NAME": "Oak Lane",
        "HOMEPORT_HOME__LATITUDE": "48.1",
        "HOMEPORT_ADAPTERS__KASA__ENABLED": "false",
        "HOMEPORT_ADAPTERS__KASA__HOSTS": '["10.0.0.1", "10.0.0.2"]',
        "HOMEPORT_STATE": "/somewhere",
        "HOME": "/root",
    }
    settings = load(file(tmp_path, EVERYTHING), environment)
    assert settings.server.port == 9000 and settings.server.host == "0.0.0.0"
    assert (settings.home.name, settings.home.latitude) == ("Oak Lane", 48.1)
    kasa = adapter_settings("kasa", AdapterSettings, settings)
    assert kasa.hosts == ["10.0.0.1", "10.0.0.2"] and not kasa.enabled


@pytest.mark.parametrize(
    "password", ["hunter2", "123456", "true", "1e5", "2026-01-01", "[x]", "a'b\"c", "nan", "0x1F"]
)
def test_a_password_in_a_variable_is_text_whatever_it_looks_like(password: str) -> None:
    settings = load(None, {"HOMEPORT_ADAPTERS__KASA__PASSWORD": password})
    login = adapter_settings("kasa", WithLogin, settings)
    assert isinstance(login, WithLogin) and login.password == password


def test_a_variable_may_quote_its_text() -> None:
    assert load(None, {"HOMEPORT_HOME__NAME": '"42"'}).home.name == "42"
    assert load(None, {"HOMEPORT_HOME__NAME": "42"}).home.name == "42"


@pytest.mark.parametrize(
    "environment",
    [
        {"HOMEPORT_SERVER__PRT": "1"},
        {"HOMEPORT_SERVR__PORT": "1"},
        {"HOMEPORT_SERVER__PORT": "http"},
        {"HOMEPORT_SERVER__": "1"},
        {"HOMEPORT___PORT": "1"},
        {"HOMEPORT_SERVER__PORT": "1", "HOMEPORT_SERVER__PORT__X": "2"},
        {"HOMEPORT_ADAPTERS__KASA": "on"},
    ],
)
def test_a_wrong_variable_is_one_sentence(environment: dict[str, str]) -> None:
    wrong(None, environment)


def test_secrets_come_from_a_file_that_only_the_owner_reads(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text("[adapters.kasa]\nusername = 'me'\npassword = '123'\n")
    secrets.chmod(0o600)
    settings = load(file(tmp_path, EVERYTHING), {}, secrets)
    login = adapter_settings("kasa", WithLogin, settings)
    assert isinstance(login, WithLogin)
    assert (login.password, login.hosts) == ("123", ["10.77.0.11"])
    secrets.chmod(0o640)
    with pytest.raises(CannotStart, match="chmod 600"):
        load(None, {}, secrets)
    assert load(None, {}, tmp_path / "none.toml") == Settings()


@pytest.mark.parametrize(
    ("section", "said", "hint"),
    [
        ({"host": ["10.0.0.1"]}, "unknown setting host", "hosts"),
        ({"hosts": "10.0.0.1"}, "hosts", None),
        ({"enabled": "perhaps"}, "enabled", None),
        ({"interval": 0}, "interval", None),
        ({"pasword": "hunter2"}, "unknown setting pasword", "password"),
        ({"password": ["hunter2"]}, "password", None),
    ],
)
def test_an_adapters_section_is_checked_like_the_rest(
    section: dict[str, Any], said: str, hint: str | None
) -> None:
    settings = Settings(adapters={"kasa": section})
    with pytest.raises(CannotStart) as raised:
        adapter_settings("kasa", WithLogin, settings)
    assert said in raised.value.detail and "[adapters.kasa]" in raised.value.detail
    assert hint is None or (raised.value.hint is not None and hint in raised.value.hint)
    assert "hunter2" not in str(raised.value.problem())


def test_a_section_of_no_adapter_names_the_nearest() -> None:
    settings = Settings(adapters={"kassa": {}})
    with pytest.raises(CannotStart) as raised:
        check_adapter_names(settings, ["kasa", "sonos"])
    assert raised.value.hint == "Did you mean kasa?"
    check_adapter_names(Settings(adapters={"kasa": {}}), ["kasa"])


def test_the_time_zone_is_the_machines_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    assert load(None, {}).home.timezone == "Asia/Kolkata"
    for nonsense in ("Nowhere/Land", "Europe", "CET-1CEST,M3.5.0", ":Asia/Kolkata2"):
        monkeypatch.setenv("TZ", nonsense)
        assert load(None, {}).home.timezone == "UTC"


def test_a_variable_with_one_underscore_names_the_right_one() -> None:
    with pytest.raises(CannotStart) as raised:
        load(None, {"HOMEPORT_SERVER_PORT": "8421"})
    assert "HOMEPORT_SERVER_PORT" in raised.value.detail
    assert "HOMEPORT_SERVER__PORT" in str(raised.value.hint)
