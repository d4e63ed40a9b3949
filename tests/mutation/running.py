"""Runs the tests of mutants: each in a process of its own that is forked from one which has loaded everything.

So Python, the tests and the contracts that a mutant does not touch are loaded once, and only what it touches is
compiled anew. Which tests found mutants of the same function is remembered, and they are run first.
"""

import gc
import io
import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import boa
import pytest
from vyper.exceptions import VyperException, VyperInternalException

from tests.chains import CONTRACTS, deployer
from tests.mutation.areas import AREAS, Area, areas_of, sources
from tests.mutation.mutants import Mutant
from tests.stateful import histories

# Seconds that one test may take: whatever goes round for ever is found by that.
TEST_LIMIT = 600
KNOWN = 4  # tests that are tried first
LOAD = boa.load_partial


@dataclass
class Result:
    """What came of a mutant."""

    id: str
    file: str
    function: str
    outcome: str  # killed, survived, equal (the same code), invalid (does not compile), failed (could not be run)
    test: str = ""  # that failed
    seconds: float = 0.0  # of a processor


class Watch:
    """A plugin of pytest: which test fails first, and none longer than its limit."""

    def __init__(self, report: Callable[[str], None] = lambda _: None) -> None:
        self.collected: list[str] = []
        self.failed: list[str] = []
        self.report = report

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.collected = [item.nodeid for item in session.items]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.report(nodeid)
        signal.alarm(TEST_LIMIT)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        signal.alarm(0)


def run_pytest(arguments: Iterable[str], watch: Watch) -> int:
    """Silently; everything on the chain in the process is as it was, afterwards."""
    options = ["-q", "--tb=no", "-m", "not anvil", "-o", f"cache_dir={tempfile.gettempdir()}/pytest"]
    with boa.env.anchor(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return int(pytest.main([*options, *arguments], plugins=[watch]))


class Runner:
    """Runs mutants, some at once, and remembers in a file what came of them."""

    def __init__(self, record: Path, areas: Sequence[Area] = AREAS) -> None:
        self.record = record
        self.areas = areas
        self.results = (
            [Result(**json.loads(line)) for line in record.read_text().splitlines()] if record.exists() else []
        )
        self.tests: dict[Area, list[str]] = {}
        self.compiled: dict[str, Any] = {}

    def run(self, mutants: Iterable[Mutant], jobs: int = 1) -> Iterator[tuple[Mutant, Result]]:
        """As they are done."""
        running: dict[int, tuple[Mutant, Path]] = {}
        waiting = iter(mutants)
        while True:
            mutant = next(waiting, None) if len(running) < jobs else None
            if mutant is not None:
                self._load(areas_of(mutant.file, self.areas))
                folder = Path(tempfile.mkdtemp(prefix="mutant-"))
                running[fork(folder, Trial(mutant, folder, self).run)] = mutant, folder
            elif running:
                process, status, used = os.wait3(0)
                done, folder = running.pop(process)
                yield done, self._result(done, status, folder, used.ru_utime + used.ru_stime)
                rmtree(folder)
            else:
                return

    def control(self, tests: Sequence[str]) -> list[str]:
        """Those of the tests that fail under the same circumstances without any fault: they have found nothing."""
        if not tests:
            return []  # pytest takes none for all
        folder = Path(tempfile.mkdtemp(prefix="mutant-"))
        os.waitpid(fork(folder, lambda: {"failed": Trial(None, folder, self).failing(tests)}), 0)
        failed: list[str] = json.loads((folder / "result").read_text())["failed"]
        rmtree(folder)
        return failed

    def first(self, mutant: Mutant, area: Area) -> list[str]:
        """Tests that have found mutants of the same function before, the latest first, then of the same file."""
        known = [result for result in reversed(self.results) if result.file == mutant.file and result.test]
        known.sort(key=lambda result: result.function != mutant.function)
        there = set(self.tests[area])
        return list(dict.fromkeys(result.test for result in known if result.test in there))[:KNOWN]

    def _load(self, areas: Iterable[Area]) -> None:
        for area in areas:
            if area not in self.tests:
                watch = Watch()
                if run_pytest(["--collect-only", *area.files()], watch) != pytest.ExitCode.OK:
                    raise RuntimeError(f"the tests of the {area.name} can't be loaded")
                self.tests[area] = watch.collected
                self._compile(area.contracts)

    def _compile(self, contracts: Iterable[str]) -> None:
        self.compiled.update((contract, deployer(contract)) for contract in contracts)

    def _result(self, mutant: Mutant, status: int, folder: Path, seconds: float) -> Result:
        result = Result(mutant.id, mutant.file, mutant.function, "failed", seconds=round(seconds, 1))
        if (folder / "result").exists():
            told = json.loads((folder / "result").read_text())
            result.outcome, result.test = told["outcome"], told["test"]
            self._compile(told["loaded"])
        elif os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
            result.outcome, result.test = "killed", (folder / "test").read_text()
        else:
            result.test = (folder / "error").read_text() if (folder / "error").exists() else f"status {status}"
        self.results.append(result)
        self.record.parent.mkdir(parents=True, exist_ok=True)
        with self.record.open("a") as lines:
            print(json.dumps(asdict(result)), file=lines)
        return result


def fork(folder: Path, work: Callable[[], dict[str, Any]]) -> int:
    """A process that writes what `work` returns into the folder."""
    gc.freeze()
    process = os.fork()
    if process:
        return process
    try:
        # Garbage is not worth collecting in so short a life.
        gc.disable()
        tempfile.tempdir = str(folder)
        (folder / "result").write_text(json.dumps(work()))
    except BaseException as error:
        (folder / "error").write_text(repr(error))
    finally:
        os._exit(0)


class Trial:
    """One mutant, or none as a control, in a process of its own."""

    def __init__(self, mutant: Mutant | None, folder: Path, runner: Runner) -> None:
        self.mutant = mutant
        self.folder = folder
        self.runner = runner
        self.compiled = dict(runner.compiled)
        self.loaded: list[str] = []  # what it does not touch, and had to load

    def run(self) -> dict[str, Any]:
        self.prepare()
        outcome, test = self.outcome()
        return {"outcome": outcome, "test": test, "loaded": self.loaded}

    def failing(self, tests: Iterable[str]) -> list[str]:
        self.prepare()
        watch = Watch()
        run_pytest(tests, watch)
        return watch.failed

    def prepare(self) -> None:
        copytree(CONTRACTS, self.folder / "contracts")
        if self.mutant:
            changed = self.folder / "contracts" / self.mutant.file
            changed.write_text(self.mutant.of(changed.read_text()))
        deployer.cache_clear()
        boa.load_partial = self.load
        # A new process would play with the contracts as they are, without the fault.
        histories.START = "fork"

    def load(self, path: str, compiler_args: dict[str, Any]) -> Any:
        """In place of `boa.load_partial`."""
        contract = Path(path).relative_to(CONTRACTS).with_suffix("").as_posix()
        if self.touches(contract):
            # Boa does not see that a module has changed, and without any cache it keeps no source map.
            with disk_cache(self.folder / "boa"):
                return LOAD(str(self.folder / "contracts" / f"{contract}.vy"), compiler_args=compiler_args)
        if contract not in self.compiled:
            self.loaded.append(contract)
            self.compiled[contract] = LOAD(path, compiler_args=compiler_args)
        return self.compiled[contract]

    def touches(self, contract: str) -> bool:
        if self.mutant:
            return self.mutant.file in sources(contract)
        return any(contract in area.contracts for area in self.runner.tests)

    def outcome(self) -> tuple[str, str]:
        """And the test that failed."""
        assert self.mutant
        outcome = "equal"
        for area in areas_of(self.mutant.file, self.runner.areas):
            try:
                if not any(self.differs(contract) for contract in area.contracts):
                    continue
            except (VyperException, VyperInternalException):
                return "invalid", ""
            outcome = "survived"
            for tests in (self.runner.first(self.mutant, area), self.ordered(area)):
                watch = Watch((self.folder / "test").write_text)
                code = run_pytest(["-x", *tests], watch) if tests else pytest.ExitCode.OK
                if code == pytest.ExitCode.TESTS_FAILED:
                    return "killed", watch.failed[0]
                if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
                    raise RuntimeError(f"pytest ended with {code}")
        return outcome, ""

    def differs(self, contract: str) -> bool:
        """Whether another code is deployed."""
        return code(deployer(contract)) != code(self.runner.compiled[contract])

    def ordered(self, area: Area) -> list[str]:
        """Those first whose name is of the function that the fault is in."""
        assert self.mutant
        name = self.mutant.function.strip("_")
        return sorted(area.files(), key=lambda file: not (name and name in Path(file).stem))


def code(contract: Any) -> tuple[bytes, bytes]:
    """What is deployed, without the hash of the source that the compiler appends with its length."""
    data = contract.compiler_data
    return data.bytecode[: -int.from_bytes(data.bytecode[-2:], "big")], data.bytecode_runtime


@contextmanager
def disk_cache(folder: Path) -> Iterator[None]:
    kept = boa.interpret._disk_cache
    boa.interpret.set_cache_dir(str(folder))
    try:
        yield
    finally:
        boa.interpret._disk_cache = kept
