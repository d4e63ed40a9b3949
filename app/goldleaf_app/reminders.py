"""Reminders by mail before a deadline that costs a stake or a fine, for whoever has asked for them."""

import json
import logging
import smtplib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select

from goldleaf import Deployment, Goldleaf
from goldleaf.errors import ArgumentError, GoldleafError
from goldleaf.ids import name_submission
from goldleaf.types import Phase
from goldleaf_tools.index import Index
from goldleaf_tools.index.schema import VoteRow
from goldleaf_tools.times import show_time

from .database import Database
from .duties import held
from .queries import live_submissions
from .settings import Settings

log = logging.getLogger(__name__)

KIND = "reminders"
NAME = "mail"
# How long before a deadline there is a mail, seconds: one a day before, one shortly before.
LEADS = (86_400, 7_200)
# For how long the link in a mail of confirmation is good, seconds.
CONFIRM_WITHIN = 86_400
# Seconds that a mail server may take.
PATIENCE = 20


@dataclass(frozen=True, slots=True)
class Pressing:
    """Something that has to be done, and costs whoever misses it."""

    what: str  # names it among all of an account
    words: str
    end: int  # time
    page: str  # where it is done


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends mail by a server: `smtp://name:password@host:587`, or `smtps://` where it speaks TLS from the start."""

    url: str
    sender: str

    def send(self, receiver: str, subject: str, text: str) -> None:
        """Sends a mail. Raises `OSError`, of which errors of SMTP are."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, receiver, subject
        mail.set_content(text)
        parts = urlsplit(self.url)
        host, tls = parts.hostname or "", ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE, context=tls)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, parts.port or 25, timeout=PATIENCE)
        )
        with server:
            server.ehlo()
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=tls)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)


class Subscriptions:
    """Who wants reminders, at which address. An address is mailed to only after its owner has confirmed it."""

    def __init__(self, settings: Settings, database: Database, mailer: Mailer) -> None:
        self._database = database
        self._mailer = mailer
        self._origin = settings.origin
        self._links = URLSafeTimedSerializer(settings.secret, salt=KIND)

    def ask(self, account: str, address: str) -> None:
        """Mails a link by which the owner of an address confirms it. Raises `OSError`."""
        link = f"{self._origin}/reminders/confirm/{self._links.dumps([account, address])}"
        text = (
            f"Somebody, probably you, asked for reminders to {account} at this address.\n\n"
            f"Open this page to confirm it, within a day:\n{link}\n\nIf it was not you, do nothing.\n"
        )
        self._mailer.send(address, "Goldleaf: confirm this address", text)

    def read(self, token: str) -> tuple[str, str]:
        """The account and the address of a link. Raises `ArgumentError` if it is none, or too old."""
        try:
            account, address = self._links.loads(token, max_age=CONFIRM_WITHIN)
        except BadSignature as error:
            raise ArgumentError("this link is no longer good: ask for another one") from error
        return account, address

    def confirm(self, account: str, address: str) -> None:
        """From now on the account gets reminders at this address."""
        self._database.keep(account, KIND, NAME, json.dumps(address))

    def address(self, account: str) -> str | None:
        """Where the account gets reminders; None: nowhere."""
        found = self._database.recall(account, KIND, NAME)
        return None if found is None else str(json.loads(found))

    def end(self, account: str) -> None:
        """No more reminders."""
        self._database.forget(account, KIND, NAME)


class Reminders:
    """A thread that looks for what is pressing, and mails it."""

    def __init__(self, settings: Settings, index: Index, database: Database, mailer: Mailer) -> None:
        self._settings = settings
        self._index = index
        self._database = database
        self._mailer = mailer
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reminders", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends the thread, and waits for it."""
        self._ends.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._ends.wait(self._settings.remind_every):
            try:
                with Goldleaf(self._settings.rpc, self._settings.deployment) as client:
                    time = client.chain.time()
                    self._remind_all(client.deployment, time)
            except (GoldleafError, OSError) as error:
                log.warning("no reminders for now: %s", error)

    def _remind_all(self, deployment: Deployment, time: int) -> None:
        for account, content in self._database.all(KIND):
            try:
                found = list(pressing(self._index, deployment, account, time))
            except GoldleafError as error:
                log.warning("no reminders to %s for now: %s", account, error)
                continue
            for each in found:
                lead = min((lead for lead in LEADS if each.end - time <= lead), default=None)
                # Marked before: a mail server that hangs must not get the same mail again and again.
                if lead is not None and self._database.note_reminded(account, each.what, lead, each.end):
                    self._mail(json.loads(content), each)

    def _mail(self, address: str, each: Pressing) -> None:
        text = (
            f"{each.words}\n\nIt is too late from {show_time(each.end)} on.\n{self._settings.origin}{each.page}\n\n"
            f"You asked for reminders like this one: {self._settings.origin}/reminders ends them.\n"
        )
        try:
            self._mailer.send(address, "Goldleaf: something is due", text)
        except OSError as error:
            log.warning("a reminder was not sent: %s", error)


def pressing(index: Index, deployment: Deployment, account: str, time: int) -> Iterator[Pressing]:
    """What an account has to do and loses by missing it, of its labels and of its seats. Blocks."""
    for one in held(index, deployment, live_submissions(index.engine, account), account, time=time, court=None):
        duty = one.next(time)
        if duty is not None and duty.loss and duty.duty.end is not None:
            name = name_submission(one.id)
            words = f"Submission {name}: {duty.words}. Whoever misses it loses {duty.why}."
            yield Pressing(f"{duty.duty.step.value} {duty.duty.subject}", words, duty.duty.end, f"/work/{name}")
    for dispute, last, is_sealed in _drawn(index, account):
        found = index.dispute(dispute, time)
        if found.round != last:
            continue
        if found.phase == Phase.COMMIT and not is_sealed:
            words = f"You are drawn in dispute {dispute}: vote. Whoever does not is fined for each seat."
            yield Pressing(f"vote {dispute} {last}", words, found.phase_end, f"/jury/{dispute}")
        elif found.phase == Phase.REVEAL and is_sealed:
            words = f"Reveal your vote in dispute {dispute}. Whoever does not is fined for each seat."
            yield Pressing(f"reveal {dispute} {last}", words, found.phase_end, f"/jury/{dispute}")


def _drawn(index: Index, account: str) -> list[tuple[int, int, bool]]:
    """The rounds in which seats of an account sit that have not revealed: dispute, round, whether all have voted."""
    where = (VoteRow.holder == account, VoteRow.choice.is_(None), VoteRow.paid.is_(None))
    statement = select(VoteRow.dispute, VoteRow.round, VoteRow.commitment).where(*where)
    rounds: dict[tuple[int, int], bool] = {}
    with index.engine.connect() as connection:
        for vote in connection.execute(statement):
            of = (vote.dispute, vote.round)
            rounds[of] = rounds.get(of, True) and vote.commitment is not None
    return [(dispute, round, is_sealed) for (dispute, round), is_sealed in rounds.items()]
