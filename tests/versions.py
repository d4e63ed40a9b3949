"""The packages with the lowest and the newest versions of what they need, on every Python: `make test-versions`.

`python -m tests.versions alone` tries the wheels with nothing beside them, `lowest` and `newest` run the tests on them.

To find out what registries newly offer is what this is for, so nothing here is locked but the tools of the tests. What
is tested are the wheels, in environments of their own in `.cache/versions`, on each Python that runs here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from zipfile import Path as ZipPath
from zipfile import ZipFile

from packaging.requirements import Requirement

from tests import locks

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".cache" / "versions"
PYTHONS = ("3.11", "3.12", "3.13")
CHOICES = ("lowest", "newest", "alone")
# Name of a package -> its project, the extras that it is tried with.
PACKAGES = {
    "goldleaf": (ROOT, "fast"),
    "goldleaf-tools": (ROOT / "tools", "audit,cluster,postgres"),
    "goldleaf-devnet": (ROOT / "devnet", ""),
    "goldleaf-app": (ROOT / "app", "postgres"),
}
TOOLS = ("vyper", "snekmate", "titanoboa", "pytest", "pytest-xdist", "hypothesis", "moto", "playwright")
ASKED = {one.name: one for one in locks.parse((ROOT / "requirements.in").read_text())}
# Types are those of the locked versions.
TESTS = (
    "tests/unit/sdk",
    "--ignore=tests/unit/sdk/test_typing.py",
    "tests/unit/keys",
    "tests/unit/autopilot",
    "tests/unit/disputes",
    "tests/unit/test_memory.py",
    "tests/integration/client",
    "tests/integration/test_lifecycle.py",
    "tests/app/test_server.py",
    "tests/app/test_market.py",
)


@dataclass(frozen=True)
class Wheel:
    """A wheel that was built here."""

    path: Path
    extras: str

    @property
    def needs(self) -> list[Requirement]:
        """What it needs, with all extras, but for packages of ours."""
        [inside] = {name.partition("/")[0] for name in ZipFile(self.path).namelist() if ".dist-info/" in name}
        found = metadata.PathDistribution(ZipPath(self.path, f"{inside}/")).requires or ()
        return [need for need in map(Requirement, found) if need.name not in PACKAGES]


def build(folder: Path) -> dict[str, Wheel]:
    """The wheels of all packages."""
    built = {}
    for name, (project, extras) in PACKAGES.items():
        into = folder / name
        shutil.rmtree(into, ignore_errors=True)
        run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", into], folder=project)
        [path] = into.iterdir()
        built[name] = Wheel(path, extras)
    return built


def lowest(wheels: Iterable[Wheel]) -> dict[str, str]:
    """The lowest version of everything that the wheels need, by name."""
    bounds = ((need.name, bound) for wheel in wheels for need in wheel.needs for bound in need.specifier)
    return {name: bound.version for name, bound in bounds if bound.operator == ">="}


class Environment:
    """A new environment of a Python."""

    def __init__(self, name: str, python: str) -> None:
        self.folder = FOLDER / name
        self.python = self.folder / "bin" / "python"
        run([python, "-m", "venv", "--clear", self.folder])
        # What packages need of each other, an older pip takes several times as long to find out.
        self.install(ASKED["pip"], versions={})

    def install(self, *what: object, versions: dict[str, str]) -> None:
        """Installs the newest versions, but for those that are given."""
        constraints = self.folder / "constraints.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()))
        pip = (self.python, "-m", "pip", "--quiet", "--disable-pip-version-check")
        run([*pip, "install", "--constraint", constraints, *what])
        run([*pip, "check"])

    def versions(self, names: Iterable[str]) -> dict[str, str]:
        """The versions of what is installed of these."""
        code = (
            "from importlib import metadata; import json; "
            "print(json.dumps({one.name.lower(): one.version for one in metadata.distributions()}))"
        )
        installed = json.loads(run([self.python, "-c", code], capture=True))
        return {name: installed[name.lower()] for name in names if name.lower() in installed}


def try_versions(python: str, version: str, choice: str, wheels: dict[str, Wheel]) -> None:
    """Runs the client's tests and a lifecycle with the lowest or the newest versions."""
    environment = Environment(f"{version}-{choice}", python)
    pinned = lowest(wheels.values())
    packages = [f"{wheel.path}[{wheel.extras}]" if wheel.extras else wheel.path for wheel in wheels.values()]
    environment.install(*packages, versions=pinned if choice == "lowest" else {})
    chosen = environment.versions([*pinned, "botocore"])
    print("   ", *(f"{name} {chosen[name]}" for name in ("web3", "eth-account", "click", "pandas")), flush=True)
    environment.install(*(ASKED[name] for name in TOOLS), "eth-tester[py-evm]>=0.13.0b1", versions=chosen)
    options = ("-q", "-n", "2", "-o", "pythonpath=.", "-o", f"cache_dir={environment.folder / 'pytest'}")
    run([environment.python, "-m", "pytest", *options, *TESTS])


def try_alone(python: str, version: str, wheels: dict[str, Wheel]) -> None:
    """Runs a lifecycle with the client's wheel alone, on what `goldleaf devnet` starts in another environment."""
    devnet = Environment(f"{version}-devnet", python)
    devnet.install(*(wheel.path for wheel in wheels.values()), versions={})
    client = Environment(f"{version}-client", python)
    client.install(wheels["goldleaf"].path, versions={})
    run([client.python, "-c", "import goldleaf; print('    goldleaf', goldleaf.__version__)"], folder=client.folder)
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    with served(devnet) as variables:
        example = example.replace("http://127.0.0.1:8545", variables["GOLDLEAF_RPC"])
        example = example.replace('"deployment.json"', repr(variables["GOLDLEAF_DEPLOYMENT"]))
        printed = run([client.python, "-c", example], folder=client.folder, capture=True)
    assert "base units earned" in printed, printed


@contextmanager
def served(environment: Environment) -> Iterator[dict[str, str]]:
    """The environment variables that lead to a devnet, which the command starts."""
    anvil = shutil.which("anvil")
    assert anvil, "there is no anvil: `make install`"
    options = ("--port", "0", "--json", "--folder", environment.folder / "net", "--anvil", anvil)
    command = [str(part) for part in (environment.folder / "bin" / "goldleaf", "devnet", *options)]
    process = subprocess.Popen(command, cwd=environment.folder, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, "the devnet does not start"
        yield json.loads(said)["result"]["environment"]
    finally:
        process.terminate()
        process.wait(30)


def run(command: list[object], *, folder: Path = ROOT, capture: bool = False) -> str:
    """Runs a program without this repository's packages on its path. Returns what it prints if that is captured."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    output = subprocess.PIPE if capture else None
    return subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment, check=True, text=True, stdout=output
    ).stdout


def pythons() -> dict[str, str]:
    """Version -> program, of the Pythons that run here."""
    found = {}
    for version in PYTHONS:
        program = shutil.which(f"python{version}")
        if program and subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode == 0:
            found[version] = program
    return found


def main(choices: Sequence[str] = CHOICES) -> None:
    failed = []
    available = pythons()
    for version in sorted(set(PYTHONS) - set(available)):
        print(f"Python {version} is not here, so it is not tried.")
    wheels = build(FOLDER / "wheels")
    for version, python in available.items():
        for choice in choices:
            print(f"Python {version}, {choice}", flush=True)
            try:
                if choice == "alone":
                    try_alone(python, version, wheels)
                else:
                    try_versions(python, version, choice, wheels)
            except (subprocess.CalledProcessError, AssertionError) as error:
                print(error, file=sys.stderr)
                failed.append(f"Python {version}, {choice}")
    sys.exit(f"These failed: {'; '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:] or CHOICES)
