"""Shares and licences through the command line, on a devnet: who may transfer, and on which terms is bought."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from eth_utils import keccak

from goldleaf import LabelSet
from goldleaf_devnet import Devnet
from goldleaf_tools.cli.app import cli

ANVIL = str(Path(__file__).parents[2] / "node_modules" / ".bin" / "anvil")
DAY = 86_400
TASK = 1

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


@pytest.fixture(scope="module")
def net() -> Iterator[Devnet]:
    """With a data set of four shares, which are enrolled."""
    with Devnet(anvil=ANVIL) as net:
        annotator = net.client("annotator1")
        annotator.ledger.deposit(8_000_000)
        submission = annotator.submissions.take(TASK, 0).result.submission
        labels = LabelSet(["positive", "negative", "neutral", "positive"])
        annotator.submissions.publish(submission, labels, uri=net.store.put(labels.to_bytes()))
        net.travel(31 * DAY)
        annotator.submissions.claim(submission)
        annotator.tasks.close(TASK)
        annotator.royalties.enroll()
        yield net


def run(net: Devnet, account: str, *arguments: object, code: int = 0) -> Any:
    """The result of a command, or its error."""
    line = [*map(str, arguments), "--yes", "--json", "--account", account]
    done = CliRunner(mix_stderr=False).invoke(cli, line, env=net.environment)
    assert done.exit_code == code, done.output + done.stderr
    document = json.loads(done.stdout)
    return document["result"] if document["ok"] else document["error"]


def test_transfer__of_another_s_shares__as_far_as_approved(net: Devnet) -> None:
    owner, spender, receiver = (net.accounts[name].address for name in ("annotator1", "annotator2", "annotator3"))
    moving = ("royalty", "transfer", TASK, 2, receiver, "--from", owner)
    with_nothing = CliRunner(mix_stderr=False).invoke(
        cli, [*map(str, moving), "--yes", "--account", "annotator2"], env=net.environment
    )
    assert with_nothing.exit_code != 0
    assert "shares: allowance too low" in with_nothing.stderr
    approved = run(net, "annotator1", "royalty", "approve", TASK, 2, spender)["result"]
    assert (approved["spender"], approved["amount"]) == (spender, 2)
    assert run(net, "annotator2", *moving)["result"]["amount"] == 2
    assert run(net, "annotator1", "royalty", "operator", spender)["result"]["approved"] is True
    run(net, "annotator2", "royalty", "transfer", TASK, 1, receiver, "--from", owner)
    assert run(net, "annotator1", "royalty", "operator", spender, "--end")["result"]["approved"] is False
    run(net, "annotator1", "royalty", "transfer", TASK, 1, receiver)
    assert net.client("annotator3").royalties.shares(TASK) == 4


def test_buy__with_the_file_of_the_terms__these_and_no_others(net: Devnet, tmp_path: Path) -> None:
    terms, others = tmp_path / "terms.txt", tmp_path / "others.txt"
    terms.write_text("Train and evaluate any model.\n")
    others.write_text("Do as you please.\n")
    priced = run(net, "requester", "royalty", "price", TASK, 60, "--terms-file", terms)["result"]
    assert priced["terms"] == "0x" + keccak(terms.read_bytes()).hex()
    net.client("licensee").royalties.ledger.deposit(60_000_000)
    buying = [*map(str, ("royalty", "buy", TASK, "--terms-file", others)), "--yes", "--account", "licensee"]
    refused = CliRunner(mix_stderr=False).invoke(cli, buying, env=net.environment)
    assert refused.exit_code != 0
    assert "licenses: other terms" in refused.stderr
    both = [*buying, "--terms", "0x" + "11" * 32]
    assert "exclude each other" in CliRunner(mix_stderr=False).invoke(cli, both, env=net.environment).stderr
    assert run(net, "licensee", "royalty", "buy", TASK, "--terms-file", terms)["result"]["price"] == 60_000_000
