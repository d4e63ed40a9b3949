"""Plans of tests that are kept on this machine: encrypted, one for each manifest, in a folder of their own."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from goldleaf import errors
from goldleaf.testing import Plan

from ..errors import NoSuchPlan
from ..private_files import private_folder
from .session import Session

if TYPE_CHECKING:
    from ..keys import PlanFile


def keep(session: Session, plan: Plan, terms: bytes, file: str | None) -> Path:
    """Writes a plan, encrypted: where plans are kept, or into this file. Raises `UsageError` if others read there."""
    from ..keys import write_plan

    path = _path(session, terms) if file is None else Path(file)
    if (public := _public_folder(session)) is not None and path.resolve().is_relative_to(public):
        raise click.UsageError(f"{path} lies in the store {public}, which others read: keep the plan elsewhere")
    if file is None:
        private_folder(path.parent)
    elif not path.parent.is_dir():
        raise click.UsageError(f"there is no folder {path.parent}")
    write_plan(path, plan, terms, session.keyring)
    return path


def find(session: Session, terms: bytes, file: str | None) -> "PlanFile":
    """The file with the plan of a manifest with these terms, unopened; one for another manifest is refused.

    Raises `NoSuchPlan`, `PlanDamaged`, `ForeignPlan`, `LoosePermissions`.
    """
    from ..keys import PlanFile

    found = PlanFile.read(_path(session, terms) if file is None else file)
    found.check(session.account, terms)
    return found


def of_task(session: Session, task: int) -> Plan | None:
    """The plan of a task's test, opened; None if none is kept on this machine.

    Raises `PlanDamaged`, `ForeignPlan`, `LoosePermissions`, `NoSuchTask`.
    """
    terms = session.reader.tasks.get(task).parameters.terms
    try:
        return find(session, terms, None).open(session.keyring, terms)
    except NoSuchPlan:
        return None


def check_batch_size(session: Session, terms: bytes, batch_size: int) -> None:
    """Refuses to open a task in other batches than those into which its plan, if it is here, has laid the items."""
    try:
        planned = find(session, terms, None).batch_size
    except NoSuchPlan:
        return
    if planned != batch_size:
        raise errors.BadBatchSize("batch size", value=batch_size, bound=f"{planned}, as in the plan of its test")


def _path(session: Session, terms: bytes) -> Path:
    return session.settings.home / "plans" / f"{terms.hex()}.json"


def _public_folder(session: Session) -> Path | None:
    """The store, if it is a folder of this machine."""
    url = session.settings["store"].removeprefix("file://")
    return Path(url).resolve() if url and ":" not in url else None
