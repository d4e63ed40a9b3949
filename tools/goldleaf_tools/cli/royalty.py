"""`goldleaf royalty`: shares in finished data sets, what they earn, and licences."""

from typing import Any

import click

from goldleaf import errors
from goldleaf.types import NO_TERMS, Offer

from . import show
from .acting import act
from .commands import Group
from .inputs import ADDRESS, AMOUNT, HASH, HASH_OF_FILE, SUBMISSION, TASK
from .session import Session, Token

task_argument = click.argument("task", type=TASK)


@click.group(cls=Group)
def royalty() -> None:
    """Earn from what was labelled, and pay for the use of it.

    Payments and licences are paid out of the royalty pool's ledger, where earnings are collected too: `goldleaf deposit
    AMOUNT --royalties`, `goldleaf withdraw --royalties`.
    """


@royalty.command("show")
@click.argument("task", type=TASK, required=False)
@click.option("--holder", type=ADDRESS, help="Whose shares; the account's unless given.")
@click.pass_obj
def show_(session: Session, task: int | None, holder: str | None) -> None:
    """Show what the data set of TASK has earned; without TASK, what the account's shares have."""
    if task is None:
        _show_holdings(session, holder or session.account)
        return
    gl = session.reader
    data_set, offer = gl.royalties.data_set(task), gl.royalties.offer(task)
    token = session.token(data_set.token)
    value: dict[str, Any] = {"task": task, "data_set": data_set, "offer": offer}
    facts: list[tuple[str, object]] = [
        ("requester", data_set.requester),
        ("paid so far", token.show(data_set.paid)),
        ("to contributors", f"{data_set.royalty_bps / 100:g} %, divided by {data_set.parts:,} labels"),
        ("per share", token.show(data_set.per_share)),
        ("shares", f"{data_set.enrolled:,} of {data_set.accepted:,} enrolled"),
        (
            "requester's share",
            f"{token.show(data_set.requester_share)}, of which {token.show(data_set.requester_due)} to collect",
        ),
        ("licence", _price(offer, token)),
    ]
    if holder is not None or session.settings["account"]:
        account = holder or session.account
        shares = gl.royalties.shares(task, account)
        due = gl.royalties.collectable(task, account) if data_set.enrolled else 0
        value |= {"account": account, "shares": shares, "collectable": due}
        facts.append((f"of {account}", f"{shares:,} shares, {token.show(due)} to collect"))
    session.output.result(value, lambda: session.output.facts(facts))


@royalty.action()
@click.argument("submissions", type=SUBMISSION, nargs=-1, metavar="[TASK/SLOT]...")
@click.pass_obj
def enroll(session: Session, submissions: tuple[int, ...]) -> None:
    """Get the shares of paid submissions of closed tasks; without any named, of all the account's own, 32 at a time."""
    chosen = list(submissions) or session.reader.royalties.unenrolled(session.account)[:32]
    if not chosen:
        raise errors.NothingToEnroll(session.account)
    act(
        session,
        lambda gl: gl.royalties.enroll,
        chosen,
        what=f"Enroll {', '.join(map(show.submission, chosen))}",
        done=lambda told: (
            f"Enrolled {', '.join(show.submission(event.submission) for event in told) or 'nothing more'}"
        ),
    )


@royalty.action(deposits=True)
@task_argument
@click.argument("amount", type=AMOUNT)
@click.option("--memo", default="", help="What for: everybody can read it.")
@click.pass_obj
def pay(session: Session, task: int, amount: Any, memo: str) -> None:
    """Pay AMOUNT for the use of the data set of TASK, out of the royalty pool's ledger."""
    data_set = session.reader.royalties.data_set(task)
    token = session.token(data_set.token)
    act(
        session,
        lambda gl: gl.royalties.pay,
        task,
        amount,
        memo=memo,
        what=f"Pay {token.typed(amount)} for the data set of task {task}",
        facts=[("to contributors", f"{data_set.royalty_bps / 100:g} %"), ("memo", memo)],
        done=lambda event: f"Paid {token.show(event.amount)}",
    )


@royalty.action()
@click.argument("tasks", type=TASK, nargs=-1, metavar="[TASK]...")
@click.option("--for", "holder", type=ADDRESS, help="Collect for another account.")
@click.pass_obj
def collect(session: Session, tasks: tuple[int, ...], holder: str | None) -> None:
    """Credit what shares have earned; without any TASK named, of all that the account holds, 32 at a time."""
    act(
        session,
        lambda gl: gl.royalties.collect_many,
        list(tasks) or None,
        holder or session.account,
        what=f"Collect what the shares of {holder or session.account} have earned",
        done=lambda told: (
            "; ".join(f"Collected {_of(session, event.task).show(event.amount)} of task {event.task}" for event in told)
            or "Somebody has collected just before"
        ),
    )


@royalty.action("collect-requester-share")
@task_argument
@click.pass_obj
def collect_requester_share(session: Session, task: int) -> None:
    """Credit the requester with what the shares do not earn. Anyone may."""
    data_set = session.reader.royalties.data_set(task)
    token = session.token(data_set.token)
    act(
        session,
        lambda gl: gl.royalties.collect_requester_share,
        task,
        what=f"Collect the requester's part of task {task}",
        facts=[("credited", data_set.requester), ("amount", token.show(data_set.requester_due))],
        done=lambda event: f"Collected {token.show(event.amount)}" if event else "Somebody has collected just before",
    )


@royalty.action()
@task_argument
@click.argument("amount", type=AMOUNT)
@click.option("--terms-file", "file", type=HASH_OF_FILE, help="What a licence allows; its keccak-256 is sold.")
@click.option("--terms", type=HASH, help="Instead of the file, its keccak-256.")
@click.pass_obj
def price(session: Session, task: int, amount: Any, file: bytes | None, terms: bytes | None) -> None:
    """Offer licences of the data set of TASK for AMOUNT; 0 ends the sale. The requester's alone.

    Keep the file of the terms, byte for byte, where licensees can read it.
    """
    terms = _terms(file, terms) or NO_TERMS
    token = session.token(session.reader.royalties.data_set(task).token)
    act(
        session,
        lambda gl: gl.royalties.set_price,
        task,
        amount,
        terms=terms,
        what=f"Offer licences of task {task} for {token.typed(amount)}",
        facts=[("terms", "0x" + terms.hex())],
        done=lambda event: _price(Offer(event.price, event.terms), token),
    )


@royalty.action(deposits=True)
@task_argument
@click.option("--licensee", type=ADDRESS, help="Who may use the data set; the account unless given.")
@click.option("--terms-file", "file", type=HASH_OF_FILE, help="Refuse unless the terms in this file are on offer.")
@click.option("--terms", type=HASH, help="Instead of the file, its keccak-256.")
@click.option("--max-price", type=AMOUNT, help="Refuse to pay more; what is asked now unless given.")
@click.pass_obj
def buy(
    session: Session, task: int, licensee: str | None, file: bytes | None, terms: bytes | None, max_price: Any
) -> None:
    """Buy a licence of the data set of TASK, out of the royalty pool's ledger."""
    gl, terms = session.reader, _terms(file, terms)
    offer, token = gl.royalties.offer(task), session.token(gl.royalties.data_set(task).token)
    act(
        session,
        lambda gl: gl.royalties.buy_license,
        task,
        licensee=licensee or session.account,
        # What is agreed to, whatever is on offer by the time that it is sent.
        terms=offer.terms if terms is None else terms,
        max_price=offer.price if max_price is None else max_price,
        what=f"Buy a licence of the data set of task {task}",
        facts=[
            ("price", token.show(offer.price)),
            ("terms", "0x" + offer.terms.hex()),
            ("licensee", licensee or session.account),
        ],
        done=lambda event: f"Bought licence {event.license} for {token.show(event.price)}",
    )


@royalty.action()
@task_argument
@click.argument("shares", type=click.IntRange(1))
@click.argument("to", type=ADDRESS)
@click.option("--from", "owner", type=ADDRESS, help="Shares of another account, which has approved this one.")
@click.pass_obj
def transfer(session: Session, task: int, shares: int, to: str, owner: str | None) -> None:
    """Give so many SHARES of TASK to another account. What they have earned so far stays with who held them."""
    other: dict[str, Any] = {} if owner is None else {"owner": owner}
    act(
        session,
        lambda gl: gl.royalties.transfer if owner is None else gl.royalties.transfer_from,
        task,
        shares,
        **other,
        to=to,
        what=f"Transfer {shares:,} shares of task {task}",
        facts=[("from", owner or session.account), ("to", to), ("earns from now on", to)],
        done=lambda event: f"Transferred {event.amount:,} shares of task {event.id} to {event.receiver}",
    )


@royalty.action()
@task_argument
@click.argument("shares", type=click.IntRange(0))
@click.argument("spender", type=ADDRESS)
@click.pass_obj
def approve(session: Session, task: int, shares: int, spender: str) -> None:
    """Let another account transfer so many of your SHARES of TASK; 0 ends that."""
    act(
        session,
        lambda gl: gl.royalties.approve,
        task,
        shares,
        spender,
        what=f"Let {spender} transfer {shares:,} shares of task {task}",
        facts=[("worst loss", f"{shares:,} shares, and all that they will earn")],
        done=lambda event: f"{event.spender} may transfer {event.amount:,} shares of task {event.id}",
    )


@royalty.action()
@click.argument("spender", type=ADDRESS)
@click.option("--end", is_flag=True, help="No longer.")
@click.pass_obj
def operator(session: Session, spender: str, end: bool) -> None:
    """Let another account transfer all your shares of every data set, later ones too."""
    act(
        session,
        lambda gl: gl.royalties.set_operator,
        spender,
        not end,
        what=f"{'End that' if end else 'Let'} {spender} {'may ' if end else ''}transfer all shares of every data set",
        facts=[] if end else [("worst loss", "all shares, and all that they will earn")],
        done=lambda event: f"{event.spender} may {'' if event.approved else 'no longer '}transfer all shares",
    )


def _terms(file: bytes | None, terms: bytes | None) -> bytes | None:
    if file is not None and terms is not None:
        raise click.UsageError("--terms-file and --terms exclude each other")
    return terms if file is None else file


def _show_holdings(session: Session, account: str) -> None:
    gl = session.reader
    held = [
        {"task": task, "shares": gl.royalties.shares(task, account), "collectable": due}
        for task in gl.royalties.held(account)
        if (due := gl.royalties.collectable(task, account)) or gl.royalties.shares(task, account)
    ]
    waiting = gl.royalties.unenrolled(account)
    if waiting:
        session.output.note(f"{len(waiting)} paid submissions are not enrolled yet: `goldleaf royalty enroll`")
    rows = [(row["task"], f"{row['shares']:,}", _of(session, row["task"]).show(row["collectable"])) for row in held]
    session.output.result(
        {"account": account, "held": held, "unenrolled": waiting},
        lambda: session.output.table(("task", "shares", "to collect"), rows, nothing="No shares."),
    )


def _of(session: Session, task: int) -> Token:
    return session.token(session.reader.tasks.get(task).token)


def _price(offer: Offer, token: Token) -> str:
    return f"{token.show(offer.price)}, on terms 0x{offer.terms.hex()}" if offer.price else "not for sale"
