"""What the pages are made with: one of each for all users."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool

from goldleaf import AsyncGoldleaf, Deployment, Goldleaf
from goldleaf.errors import ArgumentError, GoldleafError
from goldleaf_tools.index import Index
from goldleaf_tools.keys import account_from_environment

from .audits import Audits
from .database import Database
from .files import Files
from .following import Follower
from .money import Tokens
from .relayer import Limits, Relayer
from .reminders import Mailer, Reminders, Subscriptions
from .settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

# How long one request waits for a transaction before the page asks again, seconds.
PATIENCE = 10
# How long the start waits for the index to come to the head of the chain, seconds; pages tell when it is behind.
FIRST_LOOK = 10
# For how long the time of the chain is believed to go on as the server's does, seconds.
CLOCK = 5


@dataclass
class Services:
    """What the pages are made with."""

    settings: Settings
    client: AsyncGoldleaf
    index: Index
    database: Database
    files: Files
    tokens: Tokens
    relayer: Relayer | None  # None: everybody pays for their own gas
    subscriptions: Subscriptions | None  # None: nobody is reminded
    audits: Audits
    # The last look at the chain's clock: what it said, and when that was.
    _clock: tuple[int, float] = (0, float("-inf"))

    @property
    def deployment(self) -> Deployment:
        return self.client.deployment

    @cached_property
    def node(self) -> Goldleaf:
        """A client that blocks, for what tools ask of one; threads share it. Connecting raises `NodeError`."""
        return Goldleaf(self.settings.rpc, self.deployment, timeout=PATIENCE)

    def acting(self, account: str | None) -> AsyncGoldleaf:
        """The client on behalf of somebody whose key is elsewhere."""
        return self.client.with_account(account)

    async def now(self) -> int:
        """The time of the chain, unix seconds; where the node cannot be asked, that of the index."""
        told, seen = self._clock
        if time.monotonic() - seen > CLOCK:
            try:
                told, seen = await self.client.chain.time(), time.monotonic()
            except GoldleafError:
                return max(told, await self.query(lambda: self.index.time))
            self._clock = told, seen
        return told + int(time.monotonic() - seen)

    async def query(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function gives that blocks: the index, the database, files."""
        return await run_in_threadpool(function, *args, **kwargs)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Services]:
    """The services of one server, from its start to its end."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    deployment = Deployment.load(settings.deployment)
    index = Index(settings.index_url, deployment)
    database = Database(settings.database_url)
    files = Files(settings, database, index)
    follower = Follower(settings, index, database, files)
    async with await AsyncGoldleaf.connect(settings.rpc, deployment, timeout=PATIENCE, poll=0.2) as client:
        tokens = Tokens(client)
        await tokens.get()
        if settings.follows:
            await run_in_threadpool(follower.start, FIRST_LOOK)
        relayer, audits = _relayer(settings, client, database), Audits(database)
        mailer = _mailer(settings)
        subscriptions = None if mailer is None else Subscriptions(settings, database, mailer)
        reminders = None if mailer is None else Reminders(settings, index, database, mailer)
        services = Services(settings, client, index, database, files, tokens, relayer, subscriptions, audits)
        if reminders is not None and settings.follows:
            reminders.start()
        try:
            yield services
        finally:
            await audits.close()
            if reminders is not None and settings.follows:
                await run_in_threadpool(reminders.close)
            if "node" in services.__dict__:
                services.node.close()
            if settings.follows:
                await run_in_threadpool(follower.close)


def _mailer(settings: Settings) -> Mailer | None:
    """What sends reminders, if a mail server is set. Raises `ArgumentError`."""
    if not settings.smtp:
        return None
    if not settings.origin or not settings.mail_from:
        raise ArgumentError("reminders need GOLDLEAF_APP_ORIGIN and GOLDLEAF_APP_MAIL_FROM as well: mails name both")
    if not settings.smtp.startswith(("smtp://", "smtps://")):
        raise ArgumentError("GOLDLEAF_APP_SMTP is a URL such as smtp://name:password@host:587")
    return Mailer(settings.smtp, settings.mail_from)


def _relayer(settings: Settings, client: AsyncGoldleaf, database: Database) -> Relayer | None:
    """The relayer, if one is set. Raises `NoPassword`, `NoSuchKey`, `WrongPassword`."""
    if not settings.relayer:
        return None
    limits = Limits(settings.relayer_per_day, settings.relayer_per_user)
    return Relayer(client.with_account(account_from_environment(settings.relayer)), database, limits)
