"""Each setting is checked once, at the start, and a wrong one is named in one line."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from matcher.domain.errors import SettingError
from matcher.settings import load_settings

KEY = base64.urlsafe_b64encode(bytes(32)).decode()


def test_nothing_set_means_one_process_with_everything_in_one_folder(tmp_path: Path) -> None:
    settings = load_settings({"MATCHER_DATA_DIR": str(tmp_path)})
    assert settings.embedded
    assert settings.database_url == f"sqlite:///{tmp_path}/matcher.db"
    assert settings.mail_folder == tmp_path / "mail"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.language == "ja"


def test_the_embedded_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = load_settings({"MATCHER_DATA_DIR": str(tmp_path)}).secret_keys
    assert load_settings({"MATCHER_DATA_DIR": str(tmp_path)}).secret_keys == first
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_of_two_first_starts_at_once_both_have_the_same_secret_and_nothing_is_left_over(
    tmp_path: Path,
) -> None:
    with ThreadPoolExecutor(8) as starts:
        found = {
            one.secret_keys for one in starts.map(load_settings, [{"MATCHER_DATA_DIR": str(tmp_path)}] * 8)
        }
    assert len(found) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["secret.key"]


def test_a_start_cut_off_while_it_makes_its_secret_does_not_stop_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cutting:
        cutting.setattr("os.fsync", cut_off)
        with pytest.raises(KeyboardInterrupt):
            load_settings({"MATCHER_DATA_DIR": str(tmp_path)})
    assert load_settings({"MATCHER_DATA_DIR": str(tmp_path)}).secret_keys[0]


def test_a_lost_secret_is_not_replaced_beside_the_database_that_was_written_with_it(tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    for database_url in ("", elsewhere):
        settings = load_settings({"MATCHER_DATA_DIR": str(tmp_path), "MATCHER_DATABASE_URL": database_url})
        Path(settings.database_url.removeprefix("sqlite:///")).write_bytes(b"rows")
        (tmp_path / "secret.key").unlink()
        with pytest.raises(SettingError, match=r"secret\.key is missing.* MATCHER_SECRET_KEYS") as refused:
            load_settings({"MATCHER_DATA_DIR": str(tmp_path), "MATCHER_DATABASE_URL": database_url})
        assert "\n" not in str(refused.value)
        assert not (tmp_path / "secret.key").exists()
        Path(settings.database_url.removeprefix("sqlite:///")).unlink()
    load_settings({"MATCHER_DATA_DIR": str(tmp_path), "MATCHER_SECRET_KEYS": KEY})


def test_a_host_in_another_script_is_kept_as_letters_can_hold_it(tmp_path: Path) -> None:
    settings = load_settings({"MATCHER_DATA_DIR": str(tmp_path), "MATCHER_BASE_URL": "https://例え.jp:8443/"})
    assert settings.base_url == "https://xn--r8jz45g.jp:8443"


def test_a_file_system_without_second_names_keeps_the_secret_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refused)
    first = load_settings({"MATCHER_DATA_DIR": str(tmp_path)}).secret_keys
    assert load_settings({"MATCHER_DATA_DIR": str(tmp_path)}).secret_keys == first
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("base_url", "shown"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("https://matcher.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("http://192.0.2.7:8000", False),
    ],
)
def test_care_22_letters_are_shown_to_whoever_comes_only_where_nobody_else_can(
    tmp_path: Path, base_url: str, shown: bool
) -> None:
    settings = load_settings({"MATCHER_DATA_DIR": str(tmp_path), "MATCHER_BASE_URL": base_url})
    assert settings.mail_folder == tmp_path / "mail"
    assert settings.shown_mail_folder == (tmp_path / "mail" if shown else None)


def test_production_refuses_to_start_without_a_secret(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="MATCHER_SECRET_KEYS"):
        load_settings({"MATCHER_DATA_DIR": str(tmp_path), "MATCHER_REDIS_URL": "redis://broker:6379/0"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MATCHER_PORT", "eighty"),
        ("MATCHER_PROXIES", "-1"),
        ("MATCHER_PROXIES", "many"),
        ("MATCHER_PORT", "0"),
        ("MATCHER_PORT", "65536"),
        ("MATCHER_BASE_URL", "matcher.example.org"),
        ("MATCHER_BASE_URL", "https://example.org/?a=b"),
        ("MATCHER_BASE_URL", "https://example.org/sub"),
        ("MATCHER_BASE_URL", "https://me@example.org"),
        ("MATCHER_BASE_URL", "http://a b"),
        ("MATCHER_BASE_URL", "http://example.org:99999"),
        ("MATCHER_BASE_URL", "http://["),
        ("MATCHER_DATABASE_URL", "sqlite:///"),
        ("MATCHER_DATABASE_URL", "sqlite:///:memory:"),
        ("MATCHER_DATABASE_URL", "postgresql://u:p@host:abc/matcher"),
        ("MATCHER_REDIS_URL", "redis://host:abc/0"),
        ("MATCHER_LANGUAGE", "fr"),
        ("MATCHER_DATABASE_URL", "mysql://host/matcher"),
        ("MATCHER_REDIS_URL", "host:6379"),
        ("MATCHER_SECRET_KEYS", "short"),
        ("MATCHER_SECRET_KEYS", f"{KEY},short"),
        ("MATCHER_SECRET_KEYS", f"{KEY};{KEY}"),
        ("MATCHER_SECRET_KEYS", f"{KEY} {KEY}"),
        ("MATCHER_SECRET_KEYS", f"{KEY}\n{KEY}"),
        ("MATCHER_HELP_LINES", "0120"),
        ("MATCHER_HELP_LINES", '{"ja": 5}'),
        ("MATCHER_HELP_LINES", '{"jp": "0120"}'),
        ("MATCHER_HELP_LINES", '{"ja": " "}'),
        ("MATCHER_HELP_LINES", "[]"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingError) as refused:
        load_settings({"MATCHER_DATA_DIR": str(tmp_path), name: value})
    assert str(refused.value).startswith(name)
    assert "\n" not in str(refused.value)


def test_a_secret_never_stands_in_the_refusal(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as refused:
        load_settings({"MATCHER_DATA_DIR": str(tmp_path), "MATCHER_SECRET_KEYS": "not-a-real-secret"})
    assert "not-a-real-secret" not in str(refused.value)


def test_several_secrets_are_kept_newest_first(tmp_path: Path) -> None:
    other = Fernet.generate_key().decode()
    settings = load_settings({"MATCHER_DATA_DIR": str(tmp_path), "MATCHER_SECRET_KEYS": f"{other}, {KEY}"})
    assert settings.secret_keys == (other, KEY)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("not a folder")
    with pytest.raises(SettingError, match=r"MATCHER_DATA_DIR .* cannot be written"):
        load_settings({"MATCHER_DATA_DIR": str(taken)})


def test_the_usual_postgresql_address_is_understood(tmp_path: Path) -> None:
    settings = load_settings(
        {"MATCHER_DATA_DIR": str(tmp_path), "MATCHER_DATABASE_URL": "postgresql://u@host/matcher"}
    )
    assert settings.database_url == "postgresql+psycopg://u@host/matcher"


def test_what_is_said_on_the_command_line_counts_before_the_environment(tmp_path: Path) -> None:
    settings = load_settings({"MATCHER_PORT": "9000"}, port=9001, data_dir=tmp_path)
    assert (settings.port, settings.data_dir) == (9001, tmp_path)
