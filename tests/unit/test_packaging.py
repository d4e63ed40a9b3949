"""What is packaged, and that installing needs nothing but the public registries."""

import re
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from zipfile import Path as ZipPath
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import goldleaf
from scripts.abi import FOLDER, SOURCES, compile_abi, render
from tests import locks

ROOT = Path(__file__).parents[2]
# Name of a package -> its project, its sources.
PACKAGES = {
    "goldleaf": (ROOT, ROOT / "sdk" / "goldleaf"),
    "goldleaf-tools": (ROOT / "tools", ROOT / "tools" / "goldleaf_tools"),
    "goldleaf-devnet": (ROOT / "devnet", ROOT / "devnet" / "goldleaf_devnet"),
    "goldleaf-app": (ROOT / "app", ROOT / "app" / "goldleaf_app"),
}
# The contracts, which the devnet holds, have another licence.
LICENCES = dict.fromkeys(PACKAGES, "Apache License") | {"goldleaf-devnet": "GNU AFFERO GENERAL PUBLIC LICENSE"}
LOCK = locks.parse((ROOT / "requirements.lock").read_text())


@dataclass
class Wheel:
    """A wheel, and what it says of itself."""

    files: set[str]
    information: metadata.Distribution

    @property
    def needs(self) -> list[Requirement]:
        """What it needs, with all extras."""
        return [Requirement(text) for text in self.information.requires or ()]

    @property
    def needs_of_others(self) -> list[Requirement]:
        """What it needs, with all extras, but for packages of ours."""
        return [need for need in self.needs if need.name not in PACKAGES]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Wheel]:
    """The wheels of all packages."""
    built = {}
    for name, (project, _) in PACKAGES.items():
        folder = tmp_path_factory.mktemp(name)
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=project, check=True
        )
        [path] = folder.iterdir()
        files = set(ZipFile(path).namelist())
        [inside] = {file.partition("/")[0] for file in files if ".dist-info/" in file}
        built[name] = Wheel(files, metadata.PathDistribution(ZipPath(path, f"{inside}/")))
    return built


@pytest.mark.parametrize("name", PACKAGES)
def test_wheel__holds__its_package_alone(wheels: dict[str, Wheel], name: str) -> None:
    sources = PACKAGES[name][1]
    kinds = {".py", ".html", ".css", ".js", ".svg", ".json", ".typed"}
    files = {str(path.relative_to(sources.parent)) for path in sources.rglob("*") if path.suffix in kinds}
    assert {file for file in wheels[name].files if ".dist-info/" not in file} == files
    assert f"{sources.name}/py.typed" in files
    assert LICENCES[name] in str(wheels[name].information.read_text("licenses/LICENSE"))


def test_wheel__of_the_client__needs_three_packages_and_brings_no_command(wheels: dict[str, Wheel]) -> None:
    client = wheels["goldleaf"]
    assert sorted(need.name for need in client.needs if not need.marker) == ["eth-account", "rfc8785", "web3"]
    assert client.information.read_text("entry_points.txt") is None


def test_wheel__of_the_tools__brings_the_command(wheels: dict[str, Wheel]) -> None:
    points = str(wheels["goldleaf-tools"].information.read_text("entry_points.txt"))
    assert points.split() == ["[console_scripts]", "goldleaf", "=", "goldleaf_tools.cli:main"]


def test_wheel__of_the_app__brings_the_command_and_the_scripts_of_others(wheels: dict[str, Wheel]) -> None:
    points = str(wheels["goldleaf-app"].information.read_text("entry_points.txt"))
    assert points.split() == ["[console_scripts]", "goldleaf-app", "=", "goldleaf_app.command:main"]
    assert "goldleaf_app/static/vendor/htmx.min.js" in wheels["goldleaf-app"].files


@pytest.mark.parametrize("name", PACKAGES)
def test_wheel__of_any_package__has_the_version_of_all(wheels: dict[str, Wheel], name: str) -> None:
    assert wheels[name].information.version == goldleaf.__version__
    # A package that builds on another goes with that very version; the other way round pip finds the one that does.
    pinned = {(need.name, str(need.specifier)) for need in wheels[name].needs if need.name in PACKAGES}
    assert (
        pinned
        == {
            "goldleaf": {("goldleaf-devnet", "")},
            "goldleaf-tools": {("goldleaf", f"=={goldleaf.__version__}")},
            "goldleaf-devnet": {("goldleaf-tools", f"=={goldleaf.__version__}")},
            "goldleaf-app": {("goldleaf-tools", f"=={goldleaf.__version__}")},
        }[name]
    )


@pytest.mark.parametrize("name", PACKAGES)
def test_wheel__of_any_package__says_which_pythons_it_runs_on(wheels: dict[str, Wheel], name: str) -> None:
    said = wheels[name].information.metadata
    versions = [text.rpartition(" ")[2] for text in said.get_all("Classifier", []) if "Python :: 3." in text]
    assert versions == ["3.11", "3.12", "3.13"]
    assert said["Requires-Python"] == ">=3.11"


@pytest.mark.parametrize("name", PACKAGES)
def test_wheel__of_any_package__needs_ranges(wheels: dict[str, Wheel], name: str) -> None:
    for need in wheels[name].needs_of_others:
        bounds = {bound.operator: Version(bound.version) for bound in need.specifier}
        lowest = bounds.pop(">=")
        # What is numbered by the year says nothing by its first number.
        if lowest.major < 2000:
            assert bounds.pop("<").release in {(lowest.major + majors,) for majors in (1, 2, 3)}, need
        assert not bounds, need


@pytest.mark.parametrize("name", PACKAGES)
def test_lock__has__what_the_wheels_need(wheels: dict[str, Wheel], name: str) -> None:
    lock = {canonicalize_name(one.name): one for one in LOCK}
    for need in wheels[name].needs_of_others:
        found = lock[canonicalize_name(need.name)]
        assert need.extras <= found.extras and need.specifier.contains(locks.version(found)), f"{need} and {found}"


@pytest.mark.parametrize("name", SOURCES)
def test_abi__packaged__is_the_contract_s(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text() == render(compile_abi(name)), "run `make abi`"


def test_locks__name__no_addresses() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text()
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


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


NEEDS: dict[str, list[str]] = {
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


@pytest.mark.parametrize("target", ["install", "demo", "check", "test", "lock"])
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


def test_make__check__needs_neither_node_nor_browser() -> None:
    printed = subprocess.run(
        ["make", "--dry-run", "--always-make", "check"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert not re.search(r"\b(npm|chromium)\b", printed)
    # What it runs exists.
    fast = re.findall(r"tests/unit/\S+", printed)
    assert fast and all((ROOT / path).exists() for path in fast)


def test_audit__as_it_is_installed__needs_no_pytorch_and_loads_no_transformers(wheels: dict[str, Wheel]) -> None:
    # What docs/auditor.md says of its size.
    assert {one.name for one in LOCK} & {"crowd-kit", "torch"} == {"crowd-kit"}
    found = [need for need in wheels["goldleaf-tools"].needs if need.name == "crowd-kit"]
    assert found and not any(need.extras for need in found)
    program = "import sys, goldleaf_tools.audit.bench; print(sorted({'torch', 'transformers'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
