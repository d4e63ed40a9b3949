"""What the README tells newcomers to run, run as it stands there but for the node's address."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chains import node

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8545"

pytestmark = [pytest.mark.anvil, pytest.mark.xdist_group("ape")]


def run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_readme__on_a_node_of_your_own__pays_the_annotator(tmp_path: Path) -> None:
    [deploy] = re.findall(r"^    (ape run deploy .*)$", README, flags=re.MULTILINE)
    [example] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    [options] = re.findall(r"^    anvil (.*) --silent &$", README, flags=re.MULTILINE)
    with node(*shlex.split(options)) as url:
        output = str(tmp_path / "deployment.json")
        run(shlex.split(deploy.replace(ADDRESS, url).replace("deployment.json", output)), ROOT)
        printed = run([sys.executable, "-c", example.replace(ADDRESS, url)], tmp_path)
    assert printed.startswith("1000000 base units earned, ")
