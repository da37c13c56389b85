"""Each setting is checked once, at the start, and a wrong one is named in one line."""

from __future__ import annotations

import base64
import stat
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
        ("MATCHER_LANGUAGE", "fr"),
        ("MATCHER_DATABASE_URL", "mysql://host/matcher"),
        ("MATCHER_REDIS_URL", "host:6379"),
        ("MATCHER_SECRET_KEYS", "short"),
        ("MATCHER_SECRET_KEYS", f"{KEY},short"),
        ("MATCHER_HELP_LINES", "0120"),
        ("MATCHER_HELP_LINES", '{"ja": 5}'),
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
