"""The production shape in `compose.yaml` and `Dockerfile`, judged without a container engine."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url

from matcher.settings import load_settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "matcher"}
SECRETS = {"MATCHER_SECRET_KEYS": Fernet.generate_key().decode(), "POSTGRES_PASSWORD": "abc123"}
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<rule>:-|:\?)(?P<rest>[^}]*))?\}")


class MissingVariableError(Exception):
    """What compose says when a `${NAME:?…}` is not set."""


def filled_in(value: str, environment: Mapping[str, str]) -> str:
    """Fill in `${NAME}`, `${NAME:-default}` and `${NAME:?complaint}` as compose does."""

    def one(found: re.Match[str]) -> str:
        given = environment.get(found["name"], "")
        if not given and found["rule"] == ":?":
            raise MissingVariableError(found["name"])
        return given or (found["rest"] if found["rule"] == ":-" else "")

    return VARIABLE.sub(one, value)


def environment_of(service: str, environment: Mapping[str, str]) -> dict[str, str]:
    return {name: filled_in(value, environment) for name, value in SERVICES[service]["environment"].items()}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (INSTRUCTION, the rest) pairs."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word.upper(), rest) for word, rest in (line.split(maxsplit=1) for line in lines)]


def last_stage() -> list[tuple[str, str]]:
    pairs = instructions()
    start = max(position for position, (word, _) in enumerate(pairs) if word == "FROM")
    return pairs[start:]


def test_the_roles_are_one_api_scalable_workers_and_a_migration_that_ends() -> None:
    assert set(SERVICES) == {"migrate", "api", "worker", "postgres", "valkey", "mail"}
    assert set(OURS) == {"migrate", "api", "worker"}
    assert SERVICES["migrate"]["restart"] == "no"
    assert not {"container_name", "ports"} & set(SERVICES["worker"]), "either would forbid a second worker"


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_is_one_that_matcher_knows(name: str) -> None:
    command = [*OURS[name]["command"], "--help"]
    call = "import sys; from matcher.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", call, *command], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_settings_are_taken_as_production(name: str, tmp_path: Path) -> None:
    settings = load_settings(environment_of(name, SECRETS) | {"MATCHER_DATA_DIR": str(tmp_path)})
    assert not settings.embedded
    assert make_url(settings.database_url).drivername == "postgresql+psycopg"
    assert settings.mail_url.startswith("smtp://")
    assert settings.secret_keys == (SECRETS["MATCHER_SECRET_KEYS"],)


@pytest.mark.parametrize("missing", sorted(SECRETS))
@pytest.mark.parametrize("name", sorted(OURS))
def test_nothing_starts_without_its_secrets(name: str, missing: str) -> None:
    with pytest.raises(MissingVariableError, match=missing):
        environment_of(name, {key: value for key, value in SECRETS.items() if key != missing})


def test_no_secret_is_written_down() -> None:
    text = (ROOT / "compose.yaml").read_text() + (ROOT / "Dockerfile").read_text()
    for line in text.splitlines():
        if re.search(r"(PASSWORD|SECRET_KEYS|ADMIN_KEYS)\w*:\s", line):
            assert re.search(r":\s*\$\{\w+:(\?.+|-)\}$", line), line


def test_every_setting_used_is_one_that_matcher_reads() -> None:
    source = ast.parse((ROOT / "matcher" / "settings.py").read_text())
    constants = {node.value for node in ast.walk(source) if isinstance(node, ast.Constant)}
    text = (ROOT / "compose.yaml").read_text() + (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"\bMATCHER_[A-Z_]+", text)) <= constants


def test_hosts_in_the_settings_are_services() -> None:
    settings = load_settings(environment_of("api", SECRETS))
    assert settings.redis_url is not None
    urls = [settings.database_url, settings.redis_url, settings.mail_url]
    assert [make_url(url).host for url in urls] == ["postgres", "valkey", "mail"]


def test_only_loopback_is_published() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_valkey_neither_evicts_nor_forgets() -> None:
    command = SERVICES["valkey"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options == {"--appendonly": "yes", "--maxmemory-policy": "noeviction"}
    assert "valkey" in COMPOSE["volumes"]
    assert SERVICES["valkey"]["volumes"] == ["valkey:/data"]


def test_everything_waits_for_what_it_needs() -> None:
    for name in ("api", "worker"):
        assert SERVICES[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "valkey": {"condition": "service_healthy"},
        }
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_what_keeps_running_says_whether_it_is_well(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_hold_no_privilege(name: str) -> None:
    assert OURS[name]["read_only"] is True
    assert OURS[name]["cap_drop"] == ["ALL"]
    assert OURS[name]["security_opt"] == ["no-new-privileges:true"]


def test_every_image_states_its_version() -> None:
    images = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    images += [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    for image in images:
        assert re.search(r":v?\d", image), image


def test_the_image_runs_as_an_ordinary_user() -> None:
    words = [word for word, _ in last_stage()]
    (user,) = [rest for word, rest in last_stage() if word == "USER"]
    assert user.isdecimal(), "a number lets the engine check that it is not root"
    assert int(user) > 0
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert any(f"--uid {user}" in rest for word, rest in last_stage() if word == "RUN")


def test_every_installed_file_is_checked_against_its_hash() -> None:
    installs = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    assert len(installs) == 2
    for command in installs:
        ours = command.endswith(" .") and "--no-deps" in command and "--no-build-isolation" in command
        assert ours or "--require-hashes" in command, command
    assert not any("pip install" in rest for word, rest in last_stage() if word == "RUN")


def test_what_is_copied_is_there_and_not_ignored() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for word, rest in instructions():
        if word == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert source.split("/")[0] in kept, source


def test_the_image_serves_by_default() -> None:
    words = {word: rest for word, rest in last_stage() if word in {"ENTRYPOINT", "CMD"}}
    assert json.loads(words["ENTRYPOINT"]) == ["matcher"]
    assert json.loads(words["CMD"])[0] == "api"
