"""Makes a virtual environment with pip on any machine that has Python, whatever its distribution left out.

Debian's bare `python3` comes without ensurepip and without pip, so `python3 -m venv` fails there. Each way below
needs less than the one before; the first that ends with a working pip is taken. Standard library only, because it
runs before anything is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

OLDEST_PYTHON = (3, 11)  # requires-python in pyproject.toml
DEBIAN_WHEELS = Path("/usr/share/python-wheels")  # where Debian's python3-pip-whl puts pip


def runs(*command: object) -> bool:
    """Run a command silently and say whether it succeeded."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def has_pip(folder: Path) -> bool:
    return runs(folder / "bin" / "python", "-m", "pip", "--version")


def with_ensurepip(folder: Path) -> bool:
    return runs(sys.executable, "-m", "venv", "--clear", folder)


def with_virtualenv(folder: Path) -> bool:
    return runs(sys.executable, "-m", "virtualenv", "--clear", folder)


def with_our_pip(folder: Path) -> bool:
    """Let the pip of the outer Python put a pip into an empty environment."""
    return bare(folder) and runs(
        sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "pip"
    )


def with_uv(folder: Path) -> bool:
    return bare(folder) and runs("uv", "pip", "install", "--python", folder / "bin" / "python", "pip")


def with_debian_wheel(folder: Path) -> bool:
    """Take pip from Debian's own wheel, installed or fetched by apt into a private folder (needs no root)."""
    if not bare(folder):
        return False
    with tempfile.TemporaryDirectory() as scratch:
        wheels = list(DEBIAN_WHEELS.glob("pip-*.whl")) or fetch_debian_wheels(Path(scratch))
        return any(install_from_wheel(folder, wheel) for wheel in wheels)


def bare(folder: Path) -> bool:
    """Make an environment without pip, or keep the one that is there."""
    return (folder / "bin" / "python").exists() or runs(sys.executable, "-m", "venv", "--without-pip", folder)


def fetch_debian_wheels(scratch: Path) -> list[Path]:
    """Download and unpack Debian's pip wheel with apt, leaving the system as it was."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return []
    for folder in ("lists/partial", "cache/archives/partial"):
        (scratch / folder).mkdir(parents=True)
    scratch.chmod(0o755)  # apt drops to its own user for downloading
    apt = ["apt-get", "-qq", "-o", f"Dir::State::Lists={scratch}/lists", "-o", f"Dir::Cache={scratch}/cache"]
    apt += ["-o", "APT::Sandbox::User=root"]
    for words in (["update"], ["download", "python3-pip-whl"]):
        done = subprocess.run([*apt, *words], cwd=scratch, capture_output=True, check=False)
        if done.returncode != 0:
            return []
    for package in scratch.glob("python3-pip-whl*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(scratch / "unpacked")], check=False)
    return list((scratch / "unpacked").glob("usr/share/python-wheels/pip-*.whl"))


def install_from_wheel(folder: Path, wheel: Path) -> bool:
    """Unpack pip's wheel beside the environment's libraries; a pure-Python wheel needs no more than that."""
    purelib = subprocess.run(
        [str(folder / "bin" / "python"), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.strip()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(purelib)
    return has_pip(folder)


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        wanted = ".".join(str(part) for part in OLDEST_PYTHON)
        print(
            f"Matcher needs Python {wanted} or newer; {sys.executable} is {found}. Say: make PYTHON=/path/to/python3"
        )
        return 1
    folder = Path(sys.argv[1])
    if has_pip(folder):
        return 0
    ways = [with_our_pip, with_uv, with_debian_wheel]
    if not (folder / "bin" / "python").exists():
        ways[:0] = [with_ensurepip, with_virtualenv]
    for way in ways:
        if way(folder) and has_pip(folder):
            return 0
    print("Python's venv module has no pip here. On Debian or Ubuntu: sudo apt install python3-venv")
    return 1


if __name__ == "__main__":
    sys.exit(main())
