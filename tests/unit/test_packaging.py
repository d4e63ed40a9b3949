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
PROJECTS = [ROOT, ROOT / "tools", ROOT / "devnet"]
NAMES = {tomllib.loads((project / "pyproject.toml").read_text())["project"]["name"] for project in PROJECTS}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Name of a package -> its project, its sources.
PACKAGES = {
    "goldleaf": (ROOT, ROOT / "sdk" / "goldleaf"),
    "goldleaf_tools": (ROOT / "tools", ROOT / "tools" / "goldleaf_tools"),
}
INFO = {name: f"{name}-{PROJECT['version']}.dist-info" for name in PACKAGES}
LOCK = locks.parse((ROOT / "requirements.lock").read_text())


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ZipFile]:
    built = {}
    for name, (project, _) in PACKAGES.items():
        folder = tmp_path_factory.mktemp(name)
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=project, check=True
        )
        [path] = folder.iterdir()
        built[name] = ZipFile(path)
    return built


@pytest.mark.parametrize("name", PACKAGES)
def test_wheel__holds__its_package_alone(wheels: dict[str, ZipFile], name: str) -> None:
    sources = PACKAGES[name][1]
    kinds = {".py", ".html", ".css", ".json", ".typed"}
    files = {str(path.relative_to(sources.parent)) for path in sources.rglob("*") if path.suffix in kinds}
    assert {path for path in wheels[name].namelist() if not path.startswith(INFO[name])} == files
    assert f"{name}/py.typed" in files
    assert "Apache License" in wheels[name].read(f"{INFO[name]}/licenses/LICENSE").decode()


def test_wheel__of_the_client__needs_three_packages_and_brings_no_command(wheels: dict[str, ZipFile]) -> None:
    metadata = wheels["goldleaf"].read(f"{INFO['goldleaf']}/METADATA").decode()
    needed = re.findall(r"^Requires-Dist: ([\w-]+)==[\w.]+$", metadata, re.MULTILINE)
    assert sorted(needed) == ["eth-account", "rfc8785", "web3"]
    assert f"{INFO['goldleaf']}/entry_points.txt" not in wheels["goldleaf"].namelist()


def test_wheel__of_the_tools__brings_the_command_and_this_client(wheels: dict[str, ZipFile]) -> None:
    points = wheels["goldleaf_tools"].read(f"{INFO['goldleaf_tools']}/entry_points.txt").decode()
    assert points.split() == ["[console_scripts]", "goldleaf", "=", "goldleaf_tools.cli:main"]
    metadata = wheels["goldleaf_tools"].read(f"{INFO['goldleaf_tools']}/METADATA").decode()
    assert f"Requires-Dist: goldleaf[labels,stores]=={PROJECT['version']}" in metadata


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
