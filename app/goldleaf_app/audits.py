"""Audits under way: few at once, one of each account, ended with the server."""

import asyncio
import json
import logging
import os
import sys
import time
from dataclasses import asdict, dataclass, replace

from fastapi.concurrency import run_in_threadpool

from goldleaf.errors import ArgumentError

from .auditing import AUDIT, STATUS, Order
from .database import Database

log = logging.getLogger(__name__)
# Audits that run at once, and that run or wait.
MOST_RUNNING = 2
MOST_WAITING = 20
# The longest audit, seconds.
LONGEST = 1800
# How often an audit says that it goes on, and after which silence its server has ended; seconds.
BEAT = 2
SILENCE = 20


@dataclass(frozen=True, slots=True)
class Status:
    """How the last audit of an account stands."""

    state: str  # "waiting", "running", "ended", "failed"
    tasks: list[int]
    said: str = ""
    done: int = 0
    total: int = 0
    beat: float = 0.0  # unix seconds

    @property
    def is_under_way(self) -> bool:
        """Whether it goes on."""
        return self.state in ("waiting", "running")


class Audits:
    """Runs audits, each in a program of its own. How they stand is kept in the database: servers may be several."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._slots = asyncio.Semaphore(MOST_RUNNING)
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._statuses: dict[str, Status] = {}

    async def status(self, account: str) -> Status | None:
        """How the last audit of an account stands; None: there was none."""
        kept = await run_in_threadpool(self._database.recall, account, AUDIT, STATUS)
        if kept is None:
            return None
        found = Status(**json.loads(kept))
        if found.is_under_way and time.time() - found.beat > SILENCE:
            return replace(found, state="failed", said="The server was restarted meanwhile. Start the audit again.")
        return found

    async def start(self, order: Order) -> None:
        """Starts an audit. Raises `ArgumentError` if one of the account's is under way, or too many of others'."""
        before = await self.status(order.account)
        if before is not None and before.is_under_way:
            raise ArgumentError("an audit of yours is under way: wait for it, or stop it")
        # From here on nothing is waited for until the job is there: two requests at once would both start one.
        job = self._jobs.get(order.account)
        if job is not None and not job.done():
            raise ArgumentError("an audit of yours is under way: wait for it, or stop it")
        if sum(not job.done() for job in self._jobs.values()) >= MOST_WAITING:
            raise ArgumentError("many audits are under way at the moment: try again in some minutes")
        self._statuses[order.account] = waiting = Status("waiting", order.tasks, "Other audits come first.")
        self._jobs[order.account] = asyncio.create_task(self._run(order))
        await self._tell(order.account, waiting)

    async def stop(self, account: str) -> None:
        """Ends the audit of an account. Raises `ArgumentError` if another process of the server runs it."""
        job = self._jobs.get(account)
        if job is not None and not job.done():
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)
            await self._tell(account, replace(self._statuses[account], state="failed", said="You have stopped it."))
            return
        status = await self.status(account)
        if status is not None and status.is_under_way:
            raise ArgumentError(
                f"another process runs this audit: it ends by itself, after {LONGEST // 60} minutes at most"
            )

    async def close(self) -> None:
        """Ends all audits."""
        jobs = [job for job in self._jobs.values() if not job.done()]
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)

    async def _run(self, order: Order) -> None:
        beating = asyncio.create_task(self._beat(order.account))
        last = Status("failed", order.tasks, "The server was restarted meanwhile. Start the audit again.")
        try:
            async with self._slots, asyncio.timeout(LONGEST):
                last = await self._audit(order)
        except TimeoutError:
            last = replace(last, said=f"It took longer than {LONGEST // 60} minutes. Choose fewer tasks.")
        except Exception:
            log.exception("an audit has failed")
            last = replace(last, said="The audit has failed, which is a fault of this server.")
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await self._tell(order.account, last)

    async def _audit(self, order: Order) -> Status:
        """Runs the program to its end; returns how it ended."""
        at = Status("running", order.tasks, "The audit starts.")
        self._statuses[order.account] = at
        pipe = asyncio.subprocess.PIPE
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "goldleaf_app.auditing", stdin=pipe, stdout=pipe, env=_environment()
        )
        assert program.stdin is not None and program.stdout is not None
        try:
            program.stdin.write(order.to_json())
            await program.stdin.drain()
            program.stdin.close()
            while line := await program.stdout.readline():
                told = json.loads(line)
                if "error" in told:
                    return replace(at, state="failed", said=told["error"])
                if "ended" in told:
                    return replace(at, state="ended", said="")
                at = replace(at, **told)
                self._statuses[order.account] = at
            return replace(at, state="failed", said="The audit has failed, which is a fault of this server.")
        finally:
            if program.returncode is None:
                try:
                    program.kill()
                except ProcessLookupError:
                    log.debug("an audit had just ended")
            await program.wait()

    async def _beat(self, account: str) -> None:
        while True:
            await self._tell(account, self._statuses[account])
            await asyncio.sleep(BEAT / 4)

    async def _tell(self, account: str, status: Status) -> None:
        self._statuses[account] = status
        content = json.dumps(asdict(replace(status, beat=time.time())))
        await run_in_threadpool(self._database.keep, account, AUDIT, STATUS, content)


def _environment() -> dict[str, str]:
    """What the program needs of the server's: it reads what strangers have written, and must know no password."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GOLDLEAF_")}
