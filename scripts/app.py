"""`make app`: a devnet and the app on it, for trying everything in a browser."""

import argparse
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import uvicorn

from goldleaf_app.application import create
from goldleaf_app.settings import Settings
from goldleaf_devnet import Devnet

ROLES = {
    "requester": "opens tasks",
    "annotator1": "labels",
    "annotator2": "labels",
    "annotator3": "labels",
    "challenger": "audits and challenges",
    "licensee": "buys licences",
    "juror1": "has seats in the court, as juror2 to juror7 have",
    "board": "issues credentials",
}


def main() -> None:
    """Runs both until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--rpc-port", type=int, default=8545, help="where the chain listens")
    parser.add_argument("--folder", type=Path, default=Path("goldleaf-devnet"))
    parser.add_argument("--usual", action="store_true", help="court and tasks wait for days, as on a real chain")
    given = parser.parse_args()
    # Whoever ends us ends the chain too: the server takes a signal first, and then hands it on.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: sys.exit())
    # Blocks come by themselves, as on a real chain: a jury is drawn by the hash of one that was still to come.
    options = {"port": given.rpc_port, "block_time": 2, "fast": not given.usual, "folder": given.folder}
    with suppress(KeyboardInterrupt), Devnet(**options) as net:
        # What a server keeps is of the chain before this one.
        for stale in given.folder.glob("app/*.db*"):
            stale.unlink()
        folder = given.folder / "app"
        settings = Settings.from_environment(
            {**os.environ, **net.environment, "GOLDLEAF_APP_FOLDER": str(folder), "GOLDLEAF_APP_PUBLIC_RPC": net.url}
        )
        print(f"Goldleaf in a browser: http://127.0.0.1:{given.port}")
        print(f"Chain {net.chain_id} at {net.url}, which your wallet offers to add.")
        print("Test accounts, to import into a wallet. Everybody knows these keys: they are worth nothing.")
        for role, task in ROLES.items():
            account = net.accounts[role]
            print(f"  {role:<11} {account.address}  0x{bytes(account.key).hex()}  {task}")
        print("Ctrl-C ends it.", flush=True)
        uvicorn.run(create(settings), host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
