"""What is packaged, and that installing needs nothing but the public registries."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from scripts.abi import FOLDER, SOURCES, compile_abi, render

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    [path] = folder.iterdir()
    return ZipFile(path)


def test_wheel__holds__the_sdk_alone(wheel: ZipFile) -> None:
    info = f"goldleaf-{PROJECT['version']}.dist-info"
    kinds = {".py", ".html", ".css"}
    files = [path for path in (ROOT / "sdk" / "goldleaf").rglob("*") if path.suffix in kinds]
    sources = {f"goldleaf/{path.relative_to(ROOT / 'sdk' / 'goldleaf')}" for path in files}
    abis = {f"goldleaf/abi/{path.name}" for path in FOLDER.iterdir()}
    names = {name for name in wheel.namelist() if not name.startswith(info)}
    assert names == sources | abis | {"goldleaf/py.typed"}
    assert "Apache License" in wheel.read(f"{info}/licenses/LICENSE").decode()


def test_wheel__needs__three_packages(wheel: ZipFile) -> None:
    metadata = wheel.read(f"goldleaf-{PROJECT['version']}.dist-info/METADATA").decode()
    needed = re.findall(r"^Requires-Dist: ([\w-]+)==[\w.]+$", metadata, re.MULTILINE)
    assert sorted(needed) == ["eth-account", "rfc8785", "web3"]


def test_wheel__brings__the_command(wheel: ZipFile) -> None:
    points = wheel.read(f"goldleaf-{PROJECT['version']}.dist-info/entry_points.txt").decode()
    assert points.split() == ["[console_scripts]", "goldleaf", "=", "goldleaf.cli:main"]


@pytest.mark.parametrize("name", SOURCES)
def test_abi__packaged__is_the_contract_s(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text() == render(compile_abi(name)), "run `make abi`"


def test_locks__name__no_addresses() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text()
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_lock__has__the_versions_that_are_asked_for() -> None:
    locked, asked = (pins((ROOT / name).read_text()) for name in ("requirements.lock", "requirements.in"))
    extras = PROJECT["optional-dependencies"].values()
    packaged = [*PROJECT["dependencies"], *(name for extra in extras for name in extra)]
    ours = "\n".join(name for name in packaged if not name.startswith("goldleaf"))
    assert len(pins(ours)) == len(set(ours.splitlines()))
    assert pins(ours) <= asked <= locked


def pins(text: str) -> set[str]:
    """Names and versions, without the extras: a lock lists what these bring."""
    return {f"{name}=={version}" for name, version in re.findall(r"^([\w.-]+)(?:\[\w+\])?==([\w.]+)", text, re.M)}
