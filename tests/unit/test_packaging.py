"""What is packaged, and that installing needs nothing but the public registries."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.abi import FOLDER, SOURCES, compile_abi, render
from tests import locks

ROOT = Path(__file__).parents[2]
# Whatever is packaged lies in such a folder.
PROJECTS = [ROOT, ROOT / "devnet"]
NAMES = {tomllib.loads((project / "pyproject.toml").read_text())["project"]["name"] for project in PROJECTS}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = locks.parse((ROOT / "requirements.lock").read_text())


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


@pytest.mark.parametrize("project", PROJECTS)
def test_lock__has__what_the_wheels_need(project: Path) -> None:
    lock = {canonicalize_name(one.name): one for one in LOCK}
    for need in needs(project):
        found = lock[canonicalize_name(need.name)]
        assert need.extras <= found.extras and need.specifier.contains(locks.version(found)), f"{need} and {found}"


def test_lock__has__the_versions_that_are_asked_for() -> None:
    lock = {canonicalize_name(one.name): one for one in LOCK}
    for asked in locks.parse((ROOT / "requirements.in").read_text()):
        found = lock[canonicalize_name(asked.name)]
        assert asked.extras <= found.extras and locks.version(asked) == locks.version(found)


def test_lock__is__what_is_installed() -> None:
    installed = {one.name: metadata.version(one.name) for one in LOCK}
    assert installed == {one.name: locks.version(one) for one in LOCK}, "run `make install`"


def test_lock__is__complete() -> None:
    assert len(LOCK) > 200
    assert locks.lacking(LOCK, lambda name: metadata.requires(name) or ()) == []


NEEDS = {
    "tests": ["coverage[toml]>=7.10.6", "tomli; python_version < '3.11'", "colour; sys_platform == 'never'"],
    "coverage": ["tomlkit>=1; extra == 'toml'", "sphinx; extra == 'docs'"],
    "tomlkit": [],
    "both": ["tests[one]", "Tests[two]"],
}


@pytest.mark.parametrize(
    ("lock", "missing"),
    [
        ("tests==1\ncoverage[toml]==7.17.3\ntomlkit==1.0", []),
        ("both==1\nTests[one,two]==1\ncoverage[toml]==7.17.3\ntomlkit==1.0", []),
        # A line without the extra: old versions of pip resolve the requirement anew.
        ("tests==1\ncoverage==7.17.3\ntomlkit==1.0", ["coverage[toml]"]),
        ("tests==1\ncoverage==7.17.3", ["coverage[toml]"]),
        ("both==1\ntests[one]==1\ncoverage[toml]==7.17.3\ntomlkit==1.0", ["Tests[two]"]),
        # What an extra brings is missing, or too old.
        ("tests==1\ncoverage[toml]==7.17.3", ["tomlkit"]),
        ("tests==1\ncoverage[toml]==7.17.3\ntomlkit==0.9", ["tomlkit"]),
        ("tests==1\ncoverage[toml]==7.10.5\ntomlkit==1.0", ["coverage[toml]"]),
        ("tests==1", ["coverage[toml]"]),
        ("coverage[docs]==7", ["sphinx"]),
    ],
)
def test_lacking__of_a_lock__is_what_its_distributions_need(lock: str, missing: list[str]) -> None:
    found = locks.lacking(locks.parse(lock), lambda name: NEEDS[canonicalize_name(name)])
    assert [re.match(r"\S+ needs ([^\s;><=,]+)", one)[1] for one in found] == missing  # type: ignore[index]


def test_parse__of_a_lock__reads_names_extras_and_versions() -> None:
    text = "# Tests\na-b[x,y]==1.2 \\\n    --hash=sha256:00\n    # via c\nd==3.post1  # why\n"
    assert [str(one) for one in locks.parse(text)] == ["a-b[x,y]==1.2", "d==3.post1"]


@pytest.mark.parametrize("target", ["install", "demo", "test", "lock"])
def test_make__installs__only_what_is_locked(target: str) -> None:
    command = ["make", "--dry-run", "--always-make", "--no-print-directory", target]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    fetchers = {"pip", "pipx", "uv", "npm", "npx", "yarn", "pnpm", "curl", "wget", "playwright"}
    fetching = [line for line in printed.splitlines() if fetchers & set(line.split())]
    python = [line for line in fetching if " pip " in line]
    assert any(line.endswith("-r requirements.lock") for line in python)
    assert python[-1].endswith("pip --quiet --disable-pip-version-check check")
    for line in python[:-1]:
        assert " --no-deps " in line
        assert " --require-hashes " in line or " --no-build-isolation --editable " in line
    assert {line for line in fetching if line not in python} <= {"npm ci", "npm rebuild"}


def needs(project: Path) -> list[Requirement]:
    """What a wheel needs, with all its extras, but for wheels of ours."""
    described = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    extras = described.get("optional-dependencies", {}).values()
    texts = [*described["dependencies"], *(text for extra in extras for text in extra)]
    return [one for one in map(Requirement, texts) if one.name not in NAMES]
