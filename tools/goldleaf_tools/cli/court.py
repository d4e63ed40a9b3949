"""`goldleaf court`: seats, votes and appeals."""

import click

from goldleaf import events
from goldleaf.signing.credentials import SignedCredential
from goldleaf.types import NOT_HEARD, NOT_REVEALED, ArmedBeacon, CourtParameters, Phase, Queue

from .. import disputes as library
from ..beacons import Beacon
from ..errors import NoBeaconAwaited, NotABeacon
from ..times import show_time
from . import show
from .acting import act
from .commands import Group
from .disputes import print_sections
from .inputs import DISPUTE, GATE_DATA, HEX, JSON_FILE, SEAT
from .session import Session

# What a ruling says about a challenge.
CHOICES = {"undecided": 0, "wrong": 1, "not-wrong": 2}


class Choice(click.ParamType):
    """A choice by its name, in a dispute over a challenge, or by its number."""

    name = "choice"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if str(value) in CHOICES:
            return CHOICES[str(value)]
        if not str(value).isdigit():
            self.fail(f"{value!r} is no choice: write {', '.join(CHOICES)}, or a number", param, ctx)
        return int(str(value))


@click.group(cls=Group)
def court() -> None:
    """Hold seats, vote and appeal in the deployment's court.

    Seats and appeals are paid out of the court's ledger: `goldleaf deposit AMOUNT --court`.
    """


@court.action(deposits=True)
@click.argument("seats", type=int, default=1)
@click.option("--gate-data", type=GATE_DATA, default="", help="For the court's gate: a credential's file, or hex.")
@click.pass_obj
def join(session: Session, seats: int, gate_data: bytes | SignedCredential) -> None:
    """Open SEATS seats. They can be drawn after the join delay, once somebody has made them ready."""
    gl = session.reader
    terms, price = gl.court.parameters(), gl.court.seat_price()
    token = session.token(terms.token)
    act(
        session,
        lambda gl: gl.court.join,
        seats,
        gate_data=gate_data,
        what=f"Join the court with {_count(seats, 'seat')}",
        facts=[
            ("locked", token.show(seats * price)),
            ("worst loss", f"{token.show(seats * price)}, {token.show(gl.court.seat_penalty())} in each round lost"),
            ("free again", f"{show.period(_leave_delay(terms))} after you leave, and once its rounds are settled"),
        ],
        done=lambda event: (
            f"Opened {_count(event.seats, 'seat')}, "
            f"{show.items(range(event.first_seat, event.first_seat + event.seats))}, "
            f"to be made ready from {show_time(gl.court.seat(event.first_seat).ready_from)}"
        ),
    )


@court.action()
@click.argument("seat", type=SEAT)
@click.pass_obj
def ready(session: Session, seat: int) -> None:
    """List a seat, so that it may be drawn. Anyone may."""
    act(
        session, lambda gl: gl.court.ready, seat, what=f"Make seat {seat} ready", done=lambda _: f"Seat {seat} is ready"
    )


@court.action()
@click.option("--gate-data", type=GATE_DATA, required=True, help="For the court's gate: a credential's file, or hex.")
@click.pass_obj
def renew(session: Session, gate_data: bytes | SignedCredential) -> None:
    """Show the court's gate a renewed credential, for all your seats. Whoever it allows no more can be dismissed."""
    act(
        session,
        lambda gl: gl.court.renew,
        gate_data=gate_data,
        what="Renew what the court's gate was shown",
        done=lambda _: "Renewed what the court's gate was shown",
    )


@court.action()
@click.argument("seat", type=SEAT)
@click.pass_obj
def leave(session: Session, seat: int) -> None:
    """Leave a seat. It can be drawn for two whole rounds more, and is paid out once its rounds are settled."""
    terms = session.reader.court.parameters()
    act(
        session,
        lambda gl: gl.court.leave,
        seat,
        what=f"Leave seat {seat}",
        facts=[
            ("drawn", f"perhaps, for {show.period(_leave_delay(terms))} more: vote then, or lose the penalty"),
            ("paid out", "by the first draw after that, once its rounds are settled"),
        ],
        done=lambda event: f"Seat {seat} leaves at {show_time(event.leaves_at)}",
    )


@court.action()
@click.argument("seat", type=SEAT)
@click.option("--gate-data", type=GATE_DATA, default="", help="What the holder has shown last: by `join` or `renew`.")
@click.pass_obj
def dismiss(session: Session, seat: int, gate_data: bytes | SignedCredential) -> None:
    """Have a seat leave whose holder the court's gate allows no more. Anyone may."""
    act(
        session,
        lambda gl: gl.court.dismiss,
        seat,
        gate_data=gate_data,
        what=f"Dismiss the holder of seat {seat}",
        done=lambda event: f"Seat {seat} leaves at {show_time(event.leaves_at)}",
    )


@court.action("show-beacon")
@click.argument("round", type=click.IntRange(1), required=False)
@click.option(
    "--relay", "relays", multiple=True, metavar="URL", help="Of the court's drand chain; the first one first."
)
@click.option("--beacon", type=JSON_FILE, help="Instead: the beacon as a relay gives it, JSON; - is standard input.")
@click.option("--signature", type=HEX, help="Instead: the beacon's signature.")
@click.pass_obj
def show_beacon(
    session: Session, round: int | None, relays: tuple[str, ...], beacon: object, signature: bytes | None
) -> None:
    """Show the court a beacon of its drand chain, by which jurors are drawn. Anyone may.

    ROUND is the one that the next draw waits for, unless it is given. A relay is an HTTP address of the court's drand
    chain, up to its /public/: give it with --relay, or set GOLDLEAF_DRAND_RELAYS, or `drand_relays` in config.toml, to
    one or more with commas between them. None of them is trusted: what the court would refuse is not sent.
    """
    if (beacon is not None) + (signature is not None) + bool(relays) > 1:
        raise click.UsageError("give one of --relay, --beacon and --signature")
    gl = session.reader
    number = _awaited_round(session) if round is None else round
    if beacon is not None:
        found = Beacon.read(beacon)
        if found.round != number:
            raise NotABeacon(f"it is of round {found.round}, not {number}")
    elif signature is not None:
        found = Beacon(number, signature)
    else:
        with session.output.busy("Asking for the beacon"):
            found = session.relays(relays).find(gl, number, tell=session.output.note)
    act(
        session,
        lambda gl: gl.court.show_beacon,
        found.round,
        found.signature,
        what=f"Show the beacon of drand round {number}",
        done=lambda event: (
            f"Showed the beacon of drand round {number}; now jurors can be drawn: `goldleaf court draw`"
            if event is not None
            else f"The beacon of drand round {number} was shown before; jurors can be drawn: `goldleaf court draw`"
        ),
    )


def _awaited_round(session: Session) -> int:
    """The round of the drand chain that the next draw waits for. Raises `NoBeaconAwaited`."""
    gl = session.reader
    armed, queue = gl.court.armed_beacon(), gl.court.queue()
    if armed is None:
        if gl.court.parameters().randomness != session.deployment.contracts.get("DrandRandomness"):
            raise NoBeaconAwaited(
                "the court draws by no beacons of the deployment: push its queue, `goldleaf court draw`"
            )
        if not queue.head:
            raise NoBeaconAwaited("no dispute waits for jurors")
        raise NoBeaconAwaited("the next draw is not armed yet: `goldleaf court draw` does that, once seats are enough")
    if armed.is_shown:
        raise NoBeaconAwaited(f"the beacon of round {armed.round} was shown: draw the jurors, `goldleaf court draw`")
    return armed.round


@court.action()
@click.pass_obj
def draw(session: Session) -> None:
    """Push the queue: draw the jurors of the dispute at its head, or arm the draw. Anyone may."""

    def done(happened: tuple[events.Event, ...]) -> str:
        drawn = [event for event in happened if isinstance(event, events.Drawn)]
        if not drawn:
            beacon = session.reader.court.armed_beacon()
            if beacon is not None:
                return f"Armed the draw of dispute {beacon.dispute}: {_needs(beacon, session.now())}"
            return "Armed the draw: push again in the next block"
        return "; ".join(f"Drew seats {show.items(e.seats)} for dispute {e.dispute}, round {e.round}" for e in drawn)

    act(session, lambda gl: gl.court.draw, what="Push the queue of disputes", done=done)


@court.action()
@click.argument("dispute", type=DISPUTE)
@click.pass_obj
def drop(session: Session, dispute: int) -> None:
    """Take a round out of the queue that was not drawn in time; the fee goes back. Anyone may."""
    act(
        session,
        lambda gl: gl.court.drop,
        dispute,
        what=f"Drop the waiting round of dispute {dispute}",
        done=lambda _: f"Dropped the waiting round of dispute {dispute}; its fee went back",
    )


@court.action()
@click.argument("dispute", type=DISPUTE)
@click.argument("choice", type=Choice())
@click.pass_obj
def vote(session: Session, dispute: int, choice: int) -> None:
    """Seal a vote: `wrong` if each challenged label is wrong, `not-wrong` if not each of them is, or `undecided`.

    The salt is derived from your key, so nothing has to be kept; `goldleaf court reveal` finds the vote again.
    """
    gl = session.reader
    found = gl.court.dispute(dispute)
    token = session.token(gl.court.parameters().token)
    act(
        session,
        lambda gl: gl.court.commit_vote,
        dispute,
        choice,
        salt=session.keyring.vote_salt(dispute, found.round),
        what=f"Vote {choice_name(choice)} in round {found.round} of dispute {dispute}",
        facts=[
            ("locked", "nothing more than the seat"),
            ("worst loss", f"{token.show(gl.court.seat_penalty())} for each drawn seat, if the final ruling differs"),
            ("to reveal", "once all have voted or the phase is over: a vote not revealed costs the same"),
        ],
        done=lambda _: f"Sealed the vote in dispute {dispute}; reveal it with `goldleaf court reveal {dispute}`",
    )


@court.action()
@click.argument("dispute", type=DISPUTE)
@click.pass_obj
def reveal(session: Session, dispute: int) -> None:
    """Open the vote that you have sealed in the latest round of a dispute."""
    gl = session.reader
    found = gl.court.dispute(dispute)
    sealed = gl.court.sealed_vote(dispute)
    choice, salt = session.keyring.find_vote(sealed, dispute, found.round, found.choices)
    act(
        session,
        lambda gl: gl.court.reveal_vote,
        dispute,
        choice,
        salt=salt,
        what=f"Reveal the vote {choice_name(choice)} in dispute {dispute}; it is public for good",
        done=lambda event: f"Revealed {choice_name(event.choice)} in dispute {dispute}",
    )


@court.action(deposits=True)
@click.argument("dispute", type=DISPUTE)
@click.pass_obj
def appeal(session: Session, dispute: int) -> None:
    """Bring the ruling before the next larger panel."""
    gl = session.reader
    token, cost = session.token(gl.court.parameters().token), gl.court.appeal_cost(dispute)
    act(
        session,
        lambda gl: gl.court.appeal,
        dispute,
        what=f"Appeal the ruling of dispute {dispute}, {choice_name(gl.court.ruling(dispute))}",
        facts=[
            ("paid", token.show(cost)),
            ("worst loss", f"{token.show(cost)}, unless the final ruling is another one and no tie"),
        ],
        done=lambda event: f"Appealed dispute {dispute}: round {event.round} for {token.show(event.fee)}",
    )


@court.action()
@click.argument("dispute", type=DISPUTE)
@click.pass_obj
def execute(session: Session, dispute: int) -> None:
    """Tell the escrow the final ruling. Anyone may."""
    act(
        session,
        lambda gl: gl.court.execute,
        dispute,
        what=f"Execute the ruling of dispute {dispute}",
        done=lambda event: f"Told {event.arbitrable} the ruling of dispute {dispute}: {choice_name(event.ruling)}",
    )


@court.action()
@click.argument("dispute", type=DISPUTE)
@click.pass_obj
def settle(session: Session, dispute: int) -> None:
    """Settle one round of a final dispute: its jurors are paid or fined. Anyone may, once for each round."""
    act(
        session,
        lambda gl: gl.court.settle,
        dispute,
        what=f"Settle a round of dispute {dispute}",
        done=lambda event: f"Settled round {event.round} of dispute {dispute}",
    )


@court.command()
@click.pass_obj
def seats(session: Session) -> None:
    """List the seats of this account."""
    gl = session.reader
    token, penalty = session.token(gl.court.parameters().token), gl.court.seat_penalty()
    held, now = gl.court.held_seats().items(), session.now()
    value = [{"seat": number, **show.to_json(seat)} for number, seat in held]
    rows = [
        (number, token.show(seat.reserves * penalty), seat.reserved, show.seat_state(seat, now))
        for number, seat in held
    ]
    headers = ["seat", "worth", "rounds", "state"]
    session.output.result(value, lambda: session.output.table(headers, rows, nothing="no seats"))


@court.command("case")
@click.argument("dispute", type=DISPUTE)
@click.pass_obj
def case_(session: Session, dispute: int) -> None:
    """Show what a juror judges by: the guidelines, items, labels and evidence, verified, and what a vote says.

    Of disputes over labels of this deployment's tasks, and about known answers of its tests.
    """
    gl = session.reader
    case = library.case_of(gl, dispute)
    papers = library.papers_of(gl, session.library, case)
    rulings = library.RULINGS if case.gold_dispute is None else library.GOLD_RULINGS
    choices = {choice_name(choice): rulings[choice] for choice in (1, 2, 0)}
    votes = library.Section(
        f"How to vote: goldleaf court vote {dispute} CHOICE", tuple(f"{name}: {says}" for name, says in choices.items())
    )

    def human() -> None:
        session.output.line(f"Dispute {dispute}")
        print_sections(session, (*papers.sections(), votes))

    session.output.result({**show.to_json(case), "choices": choices, "papers": papers}, human)


@court.command("show")
@click.argument("dispute", type=DISPUTE, required=False)
@click.pass_obj
def show_(session: Session, dispute: int | None) -> None:
    """Show a dispute with its rounds and votes; without one, the court's terms."""
    if dispute is None:
        _show_court(session)
        return
    gl = session.reader
    found = gl.court.dispute(dispute)
    rounds = [] if found.phase == Phase.NONE else [gl.court.round(dispute, number) for number in range(found.round + 1)]
    drawn = sorted({seat for each in rounds for seat in each.seats})
    holders = gl.court.holders(drawn)
    value = {
        "dispute": dispute,
        **show.to_json(found),
        "rounds": [{**show.to_json(each), "holders": [holders[seat] for seat in each.seats]} for each in rounds],
    }
    waits = []
    if found.phase == Phase.WAITING:
        queue, beacon = gl.court.queue(), gl.court.armed_beacon()
        value["beacon"] = show.to_json(beacon)
        first = "" if queue.head == dispute else f"dispute {queue.head}, which is first: "
        waits.append(("waits for", f"{first}{_next_step(queue, beacon, session.now())}"))

    def human() -> None:
        session.output.facts(
            [
                ("phase", found.phase.name.lower()),
                (
                    "until",
                    show.until(found.phase_end, session.now()) if found.phase_end else "nothing more to wait for",
                ),
                ("ruling", choice_name(found.ruling)),
                ("executed", "yes" if found.executed else "no"),
                ("arbitrable", found.arbitrable),
                *waits,
            ]
        )
        rows = [
            (number, show.items(each.seats), each.committed, ", ".join(_vote(vote) for vote in each.votes))
            for number, each in enumerate(rounds)
        ]
        session.output.table(["round", "seats", "committed", "votes"], rows, nothing="no rounds")
        if drawn:
            session.output.table(["seat", "holder"], list(holders.items()), nothing="")

    session.output.result(value, human)


def _show_court(session: Session) -> None:
    gl = session.reader
    terms, queue, beacon = gl.court.parameters(), gl.court.queue(), gl.court.armed_beacon()
    by_beacons = terms.randomness == session.deployment.contracts.get("DrandRandomness")
    drand = gl.court.drand() if by_beacons else None
    token = session.token(terms.token)
    more = {
        "arbitration_cost": gl.court.arbitration_cost(),
        "seat_price": gl.court.seat_price(),
        "seat_penalty": gl.court.seat_penalty(),
        "open_seats": gl.court.open_seats(),
        "listed_seats": gl.court.listed_seats(),
        "disputes": gl.court.dispute_count(),
    }
    value = {**show.to_json(terms), **show.to_json(more), "queue": show.to_json(queue)}
    value |= {"drand": show.to_json(drand), "beacon": show.to_json(beacon)}
    facts = [
        ("a dispute costs", token.show(more["arbitration_cost"])),
        ("a seat costs", token.show(more["seat_price"])),
        ("a lost round costs", token.show(more["seat_penalty"])),
        ("seats", f"{more['open_seats']} open, {more['listed_seats']} may be drawn"),
        ("disputes", more["disputes"]),
        (
            "next in the queue",
            f"dispute {queue.head}: {_next_step(queue, beacon, session.now())}" if queue.head else "none",
        ),
        *(
            []
            if drand is None
            else [
                (
                    "draws by",
                    f"beacons of a drand chain, one in {drand.period} s, {drand.margin} s or more from arming",
                ),
                ("its public key", drand.public_key.hex()),
            ]
        ),
        (
            "to vote, reveal, appeal",
            ", ".join(show.period(each) for each in (terms.commit_period, terms.reveal_period, terms.appeal_period)),
        ),
    ]
    session.output.result(value, lambda: session.output.facts(facts))


def _next_step(queue: Queue, beacon: ArmedBeacon | None, now: int) -> str:
    """What the head of the queue waits for, and what to do about it."""
    if beacon is not None:
        return _needs(beacon, now)
    if not queue.armed:
        return "seats enough; then `goldleaf court draw` arms the draw"
    return "the seed of its draw; then `goldleaf court draw`"


def _needs(beacon: ArmedBeacon, now: int) -> str:
    """What a draw by a beacon waits for, and what to do about it."""
    if beacon.is_shown:
        return "`goldleaf court draw`: its beacon was shown"
    commands = "`goldleaf court show-beacon`, then `goldleaf court draw`"
    if now < beacon.due:
        return f"the beacon of drand round {beacon.round}, due at {show_time(beacon.due)}; then {commands}"
    return f"the beacon of drand round {beacon.round}, which is due and was not shown: {commands}"


def _leave_delay(terms: CourtParameters) -> int:
    """How long a seat that leaves can still be drawn: two whole rounds, so that it cannot block an appeal."""
    return 2 * (terms.commit_period + terms.reveal_period + terms.appeal_period + terms.draw_timeout)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def choice_name(number: int) -> str:
    """A ruling or vote in a dispute over a challenge, for people."""
    if number == NOT_HEARD:
        return "not heard"
    return next((name for name, choice in CHOICES.items() if choice == number), str(number))


def _vote(number: int) -> str:
    return "not revealed" if number == NOT_REVEALED else choice_name(number)
