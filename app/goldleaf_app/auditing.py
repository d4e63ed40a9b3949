"""An audit as a program of its own, so that the server stays quick meanwhile, and can end it at any time.

It reads what to audit as JSON, tells of its progress in a line of JSON each, and keeps what it has found in the
database, for the account alone. Whatever else is printed goes where errors go.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from goldleaf import Deployment, Goldleaf
from goldleaf.errors import GoldleafError
from goldleaf.stores import Reader, Store
from goldleaf_tools.index import Index
from goldleaf_tools.memory import PlannedChallenge

from .database import Database
from .settings import Settings

# What an account keeps of audits: the known answers by task, how the last audit stands, and what it has found.
GOLD = "audit gold"
AUDIT = "audit"
STATUS = "status"
FINDINGS = "findings"


@dataclass(frozen=True, slots=True)
class Order:
    """What to audit, for whom, and where everything is. Plain values, for JSON."""

    account: str
    tasks: list[int]
    gold: list[tuple[int, int, str]]  # task, item, canonical label
    pending: list[tuple[str, list[int]]]  # submission, items: what the account is about to challenge
    ether: str  # what an ether is worth, in whole tokens; 0: gas is not counted
    rpc: str
    deployment: str
    index: str
    database: str
    store: str
    store_public: str
    gateways: list[str]
    hosts: list[str]

    @classmethod
    def of(
        cls,
        settings: Settings,
        account: str,
        tasks: list[int],
        gold: list[tuple[int, int, str]],
        pending: list[tuple[str, list[int]]],
        ether: Decimal,
    ) -> "Order":
        """An order of a server's user."""
        return cls(
            account=account,
            tasks=tasks,
            gold=gold,
            pending=pending,
            ether=str(ether),
            rpc=settings.rpc,
            deployment=str(Path(settings.deployment).resolve()),
            index=settings.index_url,
            database=settings.database_url,
            store=settings.store_url,
            store_public=settings.store_public,
            gateways=list(settings.gateways),
            hosts=list(settings.hosts),
        )

    def to_json(self) -> bytes:
        """For the program's input."""
        return json.dumps(asdict(self)).encode()


def run(order: Order, tell: Any) -> str:
    """Audits, and returns what was found as JSON. Raises what the audit raises."""
    # Takes a second and much memory to import.
    from goldleaf_tools.audit.bench import AuditOptions, audit

    deployment = Deployment.load(order.deployment)
    reader = Reader(
        Store(order.store, public=order.store_public or None), gateway=order.gateways or None, hosts=tuple(order.hosts)
    )
    options = AuditOptions(
        auditor=order.account,
        gold={(task, item): label.encode() for task, item, label in order.gold},
        ether=Decimal(order.ether),
        pending=[PlannedChallenge(int(submission), tuple(items)) for submission, items in order.pending],
    )
    index = Index(order.index, deployment)
    with Goldleaf(order.rpc, deployment) as client:
        found = audit(client, index, reader, order.tasks, options, tell)
    return json.dumps([one.to_json() for one in found])


def main(given: bytes, told: TextIO) -> None:
    """The program: tells, as JSON, how far it is, and in its last line what went wrong, if anything did."""

    def tell(**line: Any) -> None:
        told.write(json.dumps(line) + "\n")
        told.flush()

    order = Order(**json.loads(given))
    try:
        found = run(order, lambda what, done, total: tell(said=what, done=done, total=total))
    except GoldleafError as error:
        tell(error=" ".join(filter(None, [str(error), error.advice])))
        return
    Database(order.database).keep(order.account, AUDIT, FINDINGS, found)
    tell(ended=True)


if __name__ == "__main__":
    os.nice(10)
    line = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    main(sys.stdin.buffer.read(), line)
