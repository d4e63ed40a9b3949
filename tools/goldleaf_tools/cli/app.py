"""The program: all commands together."""

import click

from . import (
    accounts,
    arbitrator,
    audit,
    challenges,
    completion,
    configuration,
    court,
    devnet,
    disputes,
    evidence,
    exporting,
    gate,
    gold,
    history,
    index,
    manifests,
    money,
    pilot,
    presets,
    relay,
    royalty,
    standards,
    status,
    tasks,
    waiting,
    work,
)
from .commands import HELP_END, Root

OVERVIEW = """Buy and sell expert labels with nobody trusted in the middle.

An annotator with a folder of labels is paid in four commands:

\b
  goldleaf take TASK --deposit          lock the stake, get a submission TASK/SLOT
  goldleaf commit TASK/SLOT FOLDER      check the labels, keep them, seal them
  goldleaf autopilot --until-done       publish, answer, claim, each in its time
  goldleaf withdraw                     pay out

Before: `goldleaf accounts new NAME`. At any time: `goldleaf status`."""


@click.group(cls=Root, help=OVERVIEW, epilog=HELP_END)
@click.version_option(package_name="goldleaf-tools")
def cli(**shared: object) -> None:
    pass


# What a test is to be is asked before there is one.
for early in (standards.design_, standards.pilot):
    gold.gold_test.add_command(early)

for command in (
    accounts.accounts,
    configuration.config,
    money.deposit,
    money.balance,
    money.withdraw,
    money.transfer,
    money.wrap,
    money.unwrap,
    tasks.task,
    manifests.manifest,
    presets.presets,
    work.take,
    work.release,
    work.expire,
    work.label,
    work.commit,
    work.publish,
    work.accept,
    work.claim,
    status.status,
    history.history,
    gold.gold_test,
    challenges.challenge,
    challenges.concede,
    challenges.defend,
    challenges.answer,
    challenges.settle,
    audit.audit,
    evidence.evidence,
    disputes.disputes,
    court.court,
    arbitrator.arbitrator,
    royalty.royalty,
    gate.gate,
    relay.relay,
    index.index,
    pilot.autopilot,
    waiting.wait,
    devnet.devnet,
    completion.completion,
):
    cli.add_command(command)
tasks.task.add_command(exporting.labels)
