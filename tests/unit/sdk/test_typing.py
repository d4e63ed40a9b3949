"""What a type checker knows of the methods of both clients, of which each is written once."""

import re
import subprocess
import sys
from pathlib import Path

from tests.chains import ROOT

PROGRAM = """
from goldleaf import AsyncGoldleaf, Goldleaf, RelayTerms

def blocking(gl: Goldleaf) -> None:
    reveal_type(gl.tasks.count())
    reveal_type(gl.submissions.get.many([1]))
    reveal_type(gl.read(gl.tasks.count.ask(), gl.tasks.get.ask(1)))
    reveal_type(gl.read(*[gl.tasks.get.ask(1)]))
    reveal_type(gl.read(gl.tasks.get.ask(1), return_errors=True))
    reveal_type(gl.chain.receipt("0x"))
    gl.tasks.get.ask("one")
    reveal_type(gl.ledger.transfer(5, to="0x"))
    reveal_type(gl.submissions.take.simulate(1).result)
    reveal_type(gl.unchecked.court.ledger.withdraw.transaction())
    reveal_type(gl.wait("0x", of=gl.submissions.take.transaction(1)))
    reveal_type(gl.wait("0x", of=gl.submissions.take.relayed(RelayTerms(fee=5), 1)))
    gl.ledger.transfer(5)
    gl.batch().add(gl.ledger.transfer, "five", to="0x")

async def awaited(gl: AsyncGoldleaf) -> None:
    reveal_type(await gl.tasks.count())
    reveal_type(await gl.submissions.get.many([1]))
    reveal_type(await gl.read(gl.tasks.count.ask(), gl.tasks.get.ask(1)))
    reveal_type(await gl.read(*[gl.tasks.get.ask(1)]))
    reveal_type(await gl.read(gl.tasks.get.ask(1), return_errors=True))
    reveal_type(await gl.chain.receipt("0x"))
    gl.tasks.get.ask("one")
    reveal_type(await gl.ledger.transfer(5, to="0x"))
    reveal_type((await gl.submissions.take.simulate(1)).result)
    reveal_type(await gl.unchecked.court.ledger.withdraw.transaction())
    reveal_type(await gl.wait("0x", of=await gl.submissions.take.transaction(1)))
    reveal_type(await gl.wait("0x", of=await gl.submissions.take.relayed(RelayTerms(fee=5), 1)))
    await gl.ledger.transfer(5)
    gl.batch().add(gl.ledger.transfer, "five", to="0x")
"""
EXPECTED = [
    "int",
    "list[Submission]",
    "Tuple[int, Task]",
    "tuple[Task, ...]",
    "tuple[Union[Task, GoldleafError], ...]",
    "Union[Receipt, None]",
    "Sent[Transferred]",
    "Taken",
    "Unsigned[Withdrawn]",
    "Sent[Taken]",
    "Sent[Taken]",
]


def test_methods__of_both_clients__known_with_their_arguments_and_results(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(program)]
    found = subprocess.run(command, cwd=ROOT, env={"MYPYPATH": str(ROOT / "sdk")}, capture_output=True, text=True)
    told = [line for line in found.stdout.splitlines() if str(program.name) in line]
    revealed = [match[1] for line in told if (match := re.search(r'Revealed type is "(.*)"', line))]
    plain = [re.sub(r"(\w+\.)+", "", name) for name in revealed]
    assert plain == EXPECTED * 2, found.stdout
    refused = [line for line in told if "error:" in line]
    assert sum('Missing positional argument "to"' in line or '"to"' in line for line in refused) == 2, found.stdout
    assert sum("incompatible type" in line for line in refused) == 4, found.stdout
    assert len(refused) == 6, found.stdout
