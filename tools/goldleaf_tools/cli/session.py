"""What one run of the program works with: clients, keys, the store. Each is made when it is first needed."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goldleaf import Goldleaf, errors
from goldleaf.amounts import Units, in_base_units
from goldleaf.deployment import Deployment
from goldleaf.encoding import checksum_address
from goldleaf.ids import name_submission, split_submission
from goldleaf.types import Task

from ..errors import NoPassword, NoSuchKey
from ..memory import Memory
from .clean import clean
from .output import Output
from .settings import Settings
from .show import whole
from .streams import is_terminal

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from goldleaf.stores import Reader, Store

    from ..beacons import Relays
    from ..keys import KeyFile, Keyring, Keystore, Password


@dataclass(frozen=True)
class Token:
    """What amounts are in."""

    address: str
    symbol: str
    decimals: int
    # Whether amounts are shown as they are stored.
    base_units: bool = False

    def show(self, units: int) -> str:
        """An amount for people: in whole tokens, or as it is typed in base units."""
        return f"{f'{units}u' if self.base_units else whole(units, self.decimals)} {self.symbol}"

    def typed(self, amount: Decimal | int) -> str:
        """An amount as it was typed, in whole tokens or base units, for people."""
        units = Fraction(amount) if isinstance(amount, int) else Fraction(amount) * 10**self.decimals
        # More places than the token has are refused when it is sent.
        return self.show(units.numerator) if units.denominator == 1 else f"{amount:,f} {self.symbol}"


# What comes of asking a contract for something that it does not have, or does not say.
_UNLIKE_A_TOKEN = (errors.ContractError, errors.UnexpectedAnswer, errors.NoCode)
# Whoever deploys a token chooses its symbol.
LONGEST_SYMBOL = 12


class Session:
    """One run of the program."""

    def __init__(
        self,
        settings: Settings,
        output: Output,
        *,
        yes: bool = False,
        dry_run: bool = False,
        unsigned: bool = False,
        deposit: bool = False,
        wrap: bool = False,
        base_units: bool = False,
    ) -> None:
        if dry_run and unsigned:
            raise click.UsageError("--dry-run and --unsigned exclude each other")
        if wrap and not deposit:
            raise click.UsageError("--wrap goes with --deposit")
        self.settings = settings
        self.output = output
        self.yes = yes
        self.dry_run = dry_run
        self.unsigned = unsigned
        self.deposit = deposit
        self.wrap = wrap
        self._base_units = base_units
        self._tokens: dict[str, Token] = {}
        output.amount = self.amount

    @cached_property
    def deployment(self) -> Deployment:
        """The contracts."""
        return Deployment.load(self.settings["deployment"])

    @cached_property
    def reader(self) -> Goldleaf:
        """A client that knows the account's address, if any, and not its key: nobody is asked for a password."""
        account = self._address if self.settings["account"] else None
        return Goldleaf(self.settings["rpc"], self.deployment, account, timeout=self.settings.timeout)

    @cached_property
    def signer(self) -> Goldleaf:
        """A client that signs: with the account's keystore, or, where there is none, has the node sign."""
        return self.reader.with_account(self._key or self.account)

    def unlock(self) -> str:
        """Decrypts the account's key; returns its address. Raises `NoSuchKey` if there is none, `WrongPassword`."""
        return str(self.key.address)

    @property
    def key(self) -> "LocalAccount":
        """The account's key, for what is signed and not sent. Raises `NoSuchKey` if there is none, `WrongPassword`."""
        if self._key is None:
            raise NoSuchKey(f"of {self.account} in {self.settings.home / 'keys'}")
        return self._key

    @property
    def account(self) -> str:
        """The address that acts. Raises `UsageError` if none is set."""
        if not self.settings["account"]:
            raise click.UsageError("no account: give --account, or set GOLDLEAF_ACCOUNT; see `goldleaf accounts`")
        return self._address

    @cached_property
    def keyring(self) -> "Keyring":
        """The salts of the account: derived from its key, or from a vault of its own where the node signs."""
        from ..keys import Keyring

        # A vault was made while there was no key: what was committed since opens with its salts alone.
        if self._key is not None and not self.keystore.has_vault(self.account):
            return Keyring(self.deployment, self._key)
        return Keyring(self.deployment, self.account, vault=self.keystore.vault(self.account, self.password()))

    @cached_property
    def memory(self) -> Memory:
        """What the account has under way: where its label sets lie, and which challenges it is about to file."""
        name = f"{self.deployment.chain_id}-{self.deployment.address('TaskEscrow')}-{self.account}"
        return Memory(self.settings.home / "work" / name)

    @cached_property
    def keystore(self) -> "Keystore":
        """The folder of keys."""
        from ..keys import Keystore

        return Keystore(self.settings.home / "keys")

    @cached_property
    def store(self) -> "Store":
        """Where this account's files are written. Raises `UsageError` if none is set."""
        store = self._store()
        if store is None:
            raise click.UsageError(
                "no store: give --store, set GOLDLEAF_STORE, or write `store` into config.toml. Challengers and jurors "
                "read label sets there: what they cannot fetch counts as wrong"
            )
        return store

    @cached_property
    def library(self) -> "Reader":
        """Reads what others have written."""
        from goldleaf.stores import Reader

        store = self._store()
        hosts = [host.strip() for host in self.settings["hosts"].split(",") if host.strip()]
        return Reader(*([] if store is None else [store]), gateway=self.gateways, hosts=hosts)

    @property
    def gateways(self) -> list[str]:
        """The IPFS gateways that are asked, the first one first."""
        return [url.strip() for url in self.settings["ipfs_gateway"].split(",") if url.strip()]

    def relays(self, given: Sequence[str] = ()) -> "Relays":
        """The relays of the court's drand chain: those that were given to a command, or else those of the settings."""
        from ..beacons import Relays

        named = [url.strip() for url in self.settings["drand_relays"].split(",") if url.strip()]
        return Relays(given or named)

    def now(self) -> int:
        """The time of the chain, unix seconds."""
        return self.reader.chain.time()

    def task_of(self, submission: int) -> Task:
        """The task of a submission. Raises `NoSuchTask`, and `NoSuchSlot` where the task has none of that number."""
        number, slot = split_submission(submission)
        found = self.reader.tasks.get(number)
        slots = found.parameters.slots
        if slot >= slots:
            name = name_submission(submission)
            raise errors.NoSuchSlot(f"slot of submission {name}", value=slot, bound=f"0 to {slots - 1}")
        return found

    def token(self, token: str | None = None) -> Token:
        """A token by its address, or by its name in the deployment; without either, the deployment's own."""
        address = token if token is not None and token.startswith("0x") else self.deployment.address(token or "Token")
        if address not in self._tokens:
            self._tokens[address] = self._ask_token(address)
        return self._tokens[address]

    def _ask_token(self, address: str) -> Token:
        """Asks a token what it is. It may be a stranger's, which answers nonsense: that must not hide what is ours."""
        ledger = self.reader.ledger
        try:
            decimals = ledger.decimals(token=address)
        except _UNLIKE_A_TOKEN:
            return Token(address, f"base units of {address}", 0)
        try:
            symbol = clean(ledger.symbol(token=address))[:LONGEST_SYMBOL]
        except _UNLIKE_A_TOKEN:  # some tokens have none, some one that is no text
            symbol = address
        return Token(address, symbol, decimals, self._base_units)

    def amount(self, amount: Units) -> str:
        """An amount in a message, for people; for programs, and where its token cannot be asked, in base units."""
        if self.output.as_json:
            return in_base_units(amount)
        try:
            return self.token(amount.token).show(amount)
        except errors.GoldleafError:
            return in_base_units(amount)

    def token_of(self, arbitrator: str | None) -> Token:
        """What an arbitrator charges in, and so its tasks are paid in; without one, the deployment's token."""
        if arbitrator is None:
            return self.token()
        return self.token(self.reader.arbitrators.token(arbitrator))

    def password(self, *, confirm: bool = False) -> "Password":
        """The password of the keystore: out of a file, the environment, or asked for. Raises `NoPassword`."""
        from ..keys import ask_password, password_from_environment, password_from_file

        file = self.settings.find("password_file")
        if os.environ.get("GOLDLEAF_PASSWORD") and not file.source.startswith("--"):
            return password_from_environment("GOLDLEAF_PASSWORD")
        if file.value:
            return password_from_file(file.value)
        if not is_terminal(sys.stdin):
            raise NoPassword("give --password-file, or set GOLDLEAF_PASSWORD: there is no terminal to ask on")
        return ask_password("Password of the keystore: ", confirm=confirm)

    @property
    def sent(self) -> list[str]:
        """The hashes of what was sent in this run and has come to its end."""
        return list(self.reader.recently_sent) if "reader" in self.__dict__ else []

    def close(self) -> None:
        """Ends the connection to the node, if there is one."""
        if "reader" in self.__dict__:
            self.reader.close()

    def _store(self) -> "Store | None":
        from goldleaf.stores import Store

        url = self.settings["store"]
        if not url:
            return None
        public = self.settings["store_public"] or None
        if url.rstrip("/") == "ipfs:":
            return Store(url, public=public, gateway=self.gateways, api=self.settings["ipfs_api"] or None)
        return Store(url, public=public, **self.settings.store_options)

    @cached_property
    def _address(self) -> str:
        name = self.settings["account"]
        if name.startswith("0x"):
            try:
                return checksum_address(name)
            except ValueError as error:
                raise click.UsageError(f"account from {self.settings.find('account').source}: {error}") from None
        if not self._has_keystore:
            raise NoSuchKey(f"{name} in {self.settings.home / 'keys'}")
        return self.keystore.get(name).address

    @cached_property
    def _key(self) -> "LocalAccount | None":
        name: str | None = self.settings["account"]
        if not name or name.startswith("0x"):
            account = self.account
            name = next((key.name for key in self._keys() if key.address == account), None)
        return None if name is None else self.keystore.load(name, self.password())

    def _keys(self) -> "list[KeyFile]":
        return self.keystore.list() if self._has_keystore else []

    @property
    def _has_keystore(self) -> bool:
        # Whoever only reads needs no keystore, and makes none.
        return Path(self.settings.home / "keys").is_dir()
