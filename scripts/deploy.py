"""Deploys the protocol: `ape run deploy --network ethereum:mainnet:node --account me --token 0x...`."""

from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from ape import Contract, accounts, convert
from ape.cli import ConnectedProviderCommand, account_option
from ape.types import AddressType

from goldleaf import ZERO_ADDRESS
from goldleaf.deployment import SINK
from goldleaf_tools.cli.streams import guarded
from scripts._protocol import DAY, HOUR, QUICKNET, Arbitrator, Settings, contracts, deploy

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI

TEST_TOKEN_DECIMALS = 6
TEST_TOKENS = 1_000_000
DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Settings)}


def days(name: str, what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option for a period."""
    return click.option(f"--{name.replace('_', '-')}", type=float, default=DEFAULTS[name] / DAY, help=f"Days {what}.")


def deploy_test_token(account: "AccountAPI") -> str:
    """A token of which every test account has a million."""
    token = account.deploy(contracts()["TokenMock"], TEST_TOKEN_DECIMALS)
    for holder in accounts.test_accounts:
        token.mint(holder, TEST_TOKENS * 10**TEST_TOKEN_DECIMALS, sender=account)
    return str(token.address)


def base_units(token: str, amount: Decimal) -> int:
    """An amount of whole tokens in base units."""
    decimals = Contract(token, contract_type=contracts()["TokenMock"].contract_type).decimals()
    units = amount.scaleb(decimals)
    if units != units.to_integral_value():
        raise click.BadParameter(f"{amount} has more places than the {decimals} of the token")
    return int(units)


@click.command(cls=ConnectedProviderCommand, context_settings={"show_default": True})
@account_option()
@click.option("--token", help="In which the court charges; without one, on local networks, a test token is deployed.")
@click.option("--juror-fee", type=Decimal, default="5", help="Of a drawn seat, in whole tokens.")
@click.option(
    "--randomness",
    type=click.Choice(["drand", "blockhash"]),
    prompt="What shall the court draw its jurors by",
    help="What the court draws its jurors by: beacons of the drand chain quicknet, or block hashes.",
)
@click.option(
    "--drand-margin",
    type=click.IntRange(1, DAY),
    default=QUICKNET.margin,
    help="Seconds from arming a draw until its beacon is due: more than clocks are late, and blocks take to be final.",
)
@click.option("--gate", default=ZERO_ADDRESS, help="Contract that says who may sit in the court; empty: anyone.")
@click.option(
    "--issuer", help="Instead: whose credentials say so, by a CredentialGate that is deployed with the court."
)
@click.option("--domain", help="What these credentials are for, e.g. oncology.")
@click.option("--erc792-arbitrator", help="An ERC-792 arbitrator, e.g. Kleros, that tasks may name besides the court.")
@click.option("--arbitrator-name", default="erc792", help="Its name in the addresses file.")
@click.option("--wrapped-ether", help="What its tasks are paid in.")
@click.option("--arbitrator-days", type=float, help="The longest that it takes, all appeals included.")
@click.option("--meta-evidence", help="URI of the ERC-1497 MetaEvidence for its jurors.")
@click.option("--extra-data", default="0x", help="What it is told with each dispute, hex.")
@click.option("--period-floor", type=int, default=HOUR, help="Shortest period of a task, seconds.")
@click.option("--sink", default=SINK, help="Who gets what is lost of stakes and is nobody's prize.")
@click.option("--load", type=int, default=DEFAULTS["load"], help="Unsettled rounds that a seat may sit in.")
@click.option("--max-seats", type=int, default=DEFAULTS["max_seats"], help="Seats in the court.")
@click.option("--max-seats-per-holder", type=int, default=DEFAULTS["max_seats_per_holder"], help="Seats of one holder.")
@days("join_delay", "from joining until a seat may be drawn")
@days("draw_timeout", "that a round may wait for jurors")
@days("commit_period", "to seal votes")
@days("reveal_period", "to open votes")
@days("appeal_period", "to appeal")
@click.option(
    "--output", type=click.Path(path_type=Path), help="The addresses file  [default: deployments/<chain id>.json]"
)
def cli(
    provider: "ProviderAPI",
    account: "AccountAPI",
    token: str | None,
    juror_fee: Decimal,
    randomness: str,
    drand_margin: int,
    gate: str,
    issuer: str | None,
    domain: str | None,
    erc792_arbitrator: str | None,
    arbitrator_name: str,
    wrapped_ether: str | None,
    arbitrator_days: float | None,
    meta_evidence: str | None,
    extra_data: str,
    period_floor: int,
    sink: str,
    load: int,
    max_seats: int,
    max_seats_per_holder: int,
    output: Path | None,
    **periods: float,
) -> None:
    """Deploy relay, court, task escrow with terms and lens, and royalty pool; check them, and write the addresses file.

    With an issuer also a CredentialGate for the court, and with an ERC-792 arbitrator an adapter to it.
    """
    if (issuer is None) != (domain is None):
        raise click.UsageError("--issuer and --domain go together")
    if issuer is not None and gate != ZERO_ADDRESS:
        raise click.UsageError("give a --gate or an --issuer, not both")
    arbitrator = None
    of_adapter = (erc792_arbitrator, wrapped_ether, arbitrator_days, meta_evidence)
    if erc792_arbitrator and wrapped_ether and arbitrator_days and meta_evidence:
        arbitrator = Arbitrator(
            name=arbitrator_name,
            address=convert(erc792_arbitrator, AddressType),
            wrapped_ether=convert(wrapped_ether, AddressType),
            max_duration=round(arbitrator_days * DAY),
            meta_evidence=meta_evidence,
            extra_data=convert(extra_data, bytes),
        )
    elif any(of_adapter):
        raise click.UsageError(
            "--erc792-arbitrator, --wrapped-ether, --arbitrator-days and --meta-evidence go together"
        )
    if token is None:
        if not provider.network.is_local:
            raise click.UsageError("give a --token: only local networks get one of their own")
        token = deploy_test_token(account)
    if randomness == "blockhash":
        click.echo(
            "Warning: whoever builds a block can choose its hash, and so the jury. Block hashes suit tests, and chains "
            "whose builder is trusted; for money take --randomness drand.",
            err=True,
        )
    settings = Settings(
        drand=replace(QUICKNET, margin=drand_margin) if randomness == "drand" else None,
        token=token,
        juror_fee=base_units(token, juror_fee),
        gate=convert(gate, AddressType),
        issuer=ZERO_ADDRESS if issuer is None else convert(issuer, AddressType),
        domain=domain or "",
        arbitrator=arbitrator,
        period_floor=period_floor,
        sink=convert(sink, AddressType),
        load=load,
        max_seats=max_seats,
        max_seats_per_holder=max_seats_per_holder,
        **{name: round(length * DAY) for name, length in periods.items()},
    )
    deployment = deploy(account, settings)
    path = output or Path("deployments") / f"{deployment.chain_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    deployment.dump(path)
    gates = {f"gate {name}": address for name, address in deployment.gates.items()}
    adapters = {f"arbitrator {name}": address for name, address in deployment.arbitrators.items()}
    with guarded():
        for name, address in {**deployment.contracts, **gates, **adapters}.items():
            click.echo(f"{name:20} {address}")
        click.echo(f"Called and found as asked for. Written to {path}")
