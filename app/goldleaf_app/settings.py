"""What a server is told: where node, deployment, databases and files are, and what it may do."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from goldleaf.errors import ArgumentError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one server runs. Each setting is a variable of the environment: `GOLDLEAF_APP_STORE` and so on."""

    rpc: str  # URL of the node
    deployment: Path  # its file
    # What users' wallets reach the node by, if that is another URL; told to a wallet that does not know the chain.
    public_rpc: str = ""
    # Where index, drafts and files lie unless said otherwise.
    folder: Path = Path("goldleaf-app")
    index: str = ""  # URL of the database of the index
    database: str = ""  # URL of the database of drafts and whatever else the server keeps
    store: str = ""  # where files are put: a folder, or a URL that fsspec opens
    store_public: str = ""  # the beginning of the URIs at which others read them
    gateways: tuple[str, ...] = ()  # of IPFS
    hosts: tuple[str, ...] = ()  # that may lie in a private network
    # Of the drand chain that the court draws by: addresses up to `/public/`.
    drand_relays: tuple[str, ...] = ()
    # At which the server is reached, without a path: `https://goldleaf.example`. Empty: whatever the browser says.
    origin: str = ""
    # Signs cookies. Several processes have to share one; without one, each start signs everybody out.
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    # Whether this process has the index follow the chain. Of several processes, one does.
    follows: bool = True

    # The most that may be uploaded a day, by one account and by all, bytes: accounts cost nothing.
    uploads_per_user: int = 2**30
    uploads_per_day: int = 10 * 2**30
    # A mail server for reminders, `smtp://name:password@host:587` or `smtps://...`, and the sender; empty: none.
    smtp: str = field(default="", repr=False)
    mail_from: str = ""
    remind_every: float = 60  # seconds between two looks at what is due
    # Name of the key, in the key files of the command line, that relays what users sign; empty: nothing is relayed.
    relayer: str = ""
    # The most that relaying may cost a day, for all and for one account, wei.
    relayer_per_day: int = 10**17
    relayer_per_user: int = 10**16

    @property
    def wallet_rpc(self) -> str:
        """The node that every page tells wallets of. One whose URL may hold a key or a password is not told."""
        parts = urlsplit(self.rpc)
        is_bare = parts.username is None and parts.path in ("", "/") and not parts.query
        return self.public_rpc or (self.rpc if is_bare else "")

    @property
    def index_url(self) -> str:
        return self.index or f"sqlite:///{self.folder.resolve() / 'index.db'}"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.folder.resolve() / 'app.db'}"

    @property
    def store_url(self) -> str:
        return self.store or str(self.folder.resolve() / "store")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of `GOLDLEAF_RPC`, `GOLDLEAF_DEPLOYMENT` and `GOLDLEAF_APP_*`. Raises `ArgumentError`."""

        def find(name: str, default: str = "") -> str:
            return environment.get(f"GOLDLEAF_{name}", default)

        rpc, deployment = find("RPC"), find("DEPLOYMENT")
        if not rpc or not deployment:
            raise ArgumentError("set GOLDLEAF_RPC and GOLDLEAF_DEPLOYMENT: the URL of a node, and a deployment's file")
        return cls(
            rpc=rpc,
            deployment=Path(deployment),
            public_rpc=find("APP_PUBLIC_RPC"),
            folder=Path(find("APP_FOLDER", "goldleaf-app")),
            index=find("APP_INDEX"),
            database=find("APP_DATABASE"),
            # That of the command line, where both run on one machine.
            store=find("APP_STORE") or find("STORE"),
            store_public=find("APP_STORE_PUBLIC") or find("STORE_PUBLIC"),
            gateways=_listed(find("IPFS_GATEWAY")),
            hosts=_listed(find("HOSTS")),
            drand_relays=_listed(find("DRAND_RELAYS")),
            origin=find("APP_ORIGIN").rstrip("/"),
            secret=find("APP_SECRET") or secrets.token_hex(32),
            uploads_per_user=_mib("APP_UPLOADS_PER_USER", find("APP_UPLOADS_PER_USER", "1024")),
            uploads_per_day=_mib("APP_UPLOADS_PER_DAY", find("APP_UPLOADS_PER_DAY", "10240")),
            smtp=find("APP_SMTP"),
            mail_from=find("APP_MAIL_FROM"),
            remind_every=float(find("APP_REMIND_EVERY", "60")),
            relayer=find("APP_RELAYER"),
            relayer_per_day=_wei("APP_RELAYER_PER_DAY", find("APP_RELAYER_PER_DAY", "0.1")),
            relayer_per_user=_wei("APP_RELAYER_PER_USER", find("APP_RELAYER_PER_USER", "0.01")),
            follows=find("APP_FOLLOWS", "1") != "0",
        )


def _mib(name: str, text: str) -> int:
    if not text.isdecimal():
        raise ArgumentError(f"GOLDLEAF_{name}", value=text, bound="a number of MiB")
    return int(text) * 2**20


def _wei(name: str, ether: str) -> int:
    try:
        return int(Decimal(ether) * 10**18)
    except (ArithmeticError, ValueError) as error:
        raise ArgumentError(f"GOLDLEAF_{name}", value=ether, bound="an amount of ether, such as 0.05") from error


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
