"""The command `goldleaf-app`."""

import os
from pathlib import Path

import click
import uvicorn

from goldleaf.errors import GoldleafError

from .application import create
from .settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--rpc", metavar="URL", help="Node of the chain. [GOLDLEAF_RPC]")
@click.option("--deployment", type=click.Path(path_type=Path), help="File of the deployment. [GOLDLEAF_DEPLOYMENT]")
@click.option("--folder", type=click.Path(path_type=Path), help="Where databases and files lie. [GOLDLEAF_APP_FOLDER]")
@click.option("--proxy", metavar="ADDRESS", help="Proxy in front, whose word of a browser's address is taken.")
def main(
    host: str, port: int, rpc: str | None, deployment: Path | None, folder: Path | None, proxy: str | None
) -> None:
    """Serve the Goldleaf protocol to browsers. Everything else is set by the environment: see `docs/app.md`."""
    given = {"GOLDLEAF_RPC": rpc, "GOLDLEAF_DEPLOYMENT": deployment, "GOLDLEAF_APP_FOLDER": folder}
    environment = {**os.environ, **{name: str(value) for name, value in given.items() if value is not None}}
    try:
        application = create(Settings.from_environment(environment))
    except GoldleafError as error:
        raise click.ClickException(str(error)) from error
    uvicorn.run(application, host=host, port=port, proxy_headers=proxy is not None, forwarded_allow_ips=proxy)
