"""Audits of single tasks on other machines: what one of them needs to know, and nothing that is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from goldleaf import Goldleaf
from goldleaf.deployment import Deployment
from goldleaf.stores import Reader, Store

from ..index import Index
from .bench import AuditOptions, audit
from .cluster import Done, run_all
from .result import TaskAudit


@dataclass(frozen=True, slots=True)
class Setting:
    """Where everything is, as every worker finds it."""

    rpc: str
    deployment: Deployment
    # URL of the index: a database that all workers reach.
    database: str
    # URL of a store besides what anybody can read; None: none.
    store: str | None
    gateways: tuple[str, ...]
    hosts: tuple[str, ...]
    options: AuditOptions


def audit_each(setting: Setting, tasks: Sequence[int], scheduler: str | None) -> list[Done[int, TaskAudit]]:
    """Audits each task by itself, so nothing is pooled, on the Dask cluster at this address, or here without one."""
    return run_all(partial(_audit, setting), tasks, scheduler)


def _audit(setting: Setting, task: int) -> TaskAudit:
    reader = Reader(
        *([] if setting.store is None else [Store(setting.store)]), gateway=setting.gateways, hosts=setting.hosts
    )
    index = Index(setting.database, setting.deployment)
    with Goldleaf(setting.rpc, setting.deployment) as client:
        [found] = audit(client, index, reader, [task], setting.options)
    return found
