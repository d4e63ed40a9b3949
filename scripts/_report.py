"""What came of it: tables, checks and a chart, all from balances, events and the truth."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from decimal import Decimal
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, TypeVar

from rich import box
from rich.table import Table

from goldleaf import ChallengeKind, Outcome, events, split_challenge
from goldleaf.events import Event
from scripts._actors import Auditor, Cheats, Losers, Watcher
from scripts._offers import MODEL, PRICE, ROYALTY_BPS
from scripts._play import Play
from scripts._stage import FEE, PURSE, UNIT, Person

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHART = "accuracy.png"
TABLE = "annotators.csv"
BALANCES = "balances.csv"

# How a challenge ended.
WORDS = {
    Outcome.CONCEDED: "conceded",
    Outcome.UNANSWERED: "unanswered",
    Outcome.WRONG: "ruled wrong",
    Outcome.NOT_WRONG: "ruled not wrong",
    Outcome.UNDECIDED: "undecided",
    Outcome.NOT_HEARD: "not heard",
    Outcome.VOID: "void after a rejection",
}

E = TypeVar("E", bound=Event)
Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True)
class Row:
    """What became of one annotator. Amounts in base units."""

    name: str
    labels: int
    accuracy: float  # of all labels, by the truth
    test: str  # passed or failed, and the errors on known items; one for each tested submission
    staked: int
    earned: int  # pay for labels
    back: int  # stake that came back
    lost: int  # stake that did not
    disputes: int  # bonds and prizes won, less fees and bonds that were lost
    shares: int  # of the data set, one for each accepted label
    royalty: int
    fees: int  # of the relayer
    net: int  # what the wallet has gained
    rejected: int  # submissions
    withheld: int  # submissions


class Report:
    """Reads a play that is over."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._data_set = play.market.data_set
        self.rows = [self._row(annotator) for annotator in play.annotators]

    def _row(self, annotator: Person) -> Row:
        play = self._play
        works = [work for work in play.works if work.annotator is annotator]
        claims = [event for event in self._events(events.Claimed) if event.annotator == annotator.address]
        mine = {work.id for work in works}
        settled = [event for event in self._events(events.Settled) if split_challenge(event.challenge)[0] in mine]
        # Out of bonds that were lost.
        won = sum(event.to_annotator for event in settled)
        back = sum(event.stake for event in claims)
        staked = sum(play.terms.stake_of(work.slot) for work in works)
        return Row(
            name=annotator.name,
            labels=sum(len(work.labels) for work in works),
            accuracy=mean(
                play.block.gold[play.block.items[item]] == label
                for work in works
                for item, label in work.answers.items()
            ),
            test=", ".join(
                f"{'failed' if work.failed else 'passed'} {len(work.test.wrong)}"
                for work in works
                if work.test is not None
            ),
            staked=staked,
            earned=sum(event.pay for event in claims),
            back=back,
            lost=staked - back,
            disputes=won
            + sum(event.to_defender for event in settled)
            + self._won_about_gold(annotator)
            - self._fees(annotator),
            shares=play.market.shares(annotator),
            royalty=sum(event.amount for event in self._events(events.Collected) if event.account == annotator.address),
            fees=sum(
                event.amount
                for event in self._events(events.Withdrawn)
                if (event.account, event.receiver) == (annotator.address, play.relayer.address)
            ),
            net=play.stage.gain(annotator),
            rejected=sum(work.rejected for work in works),
            withheld=sum(work.withheld for work in works),
        )

    def _won_about_gold(self, annotator: Person) -> int:
        """What disputes about known answers have brought, less their fees and bonds."""
        filed = [event for event in self._events(events.GoldDisputed) if event.disputer == annotator.address]
        mine = {event.gold_dispute for event in filed}
        settled = [event for event in self._events(events.GoldDisputeSettled) if event.gold_dispute in mine]
        return sum(event.to_disputer for event in settled) - sum(2 * event.fee for event in filed)

    def _fees(self, person: Person) -> int:
        """Fees of defences and appeals that did not come back from the court."""
        defences = {
            event.dispute: event.fee for event in self._events(events.Defended) if event.defender == person.address
        }
        appeals = {
            (event.dispute, event.round): event.fee
            for event in self._events(events.Appealed)
            if event.payer == person.address
        }
        # A round's settlement refunds the appeal against it, which paid for the next round.
        refunds = sum(
            event.refund for event in self._events(events.RoundSettled) if (event.dispute, event.round + 1) in appeals
        )
        return sum(defences.values()) + sum(appeals.values()) - refunds

    def _events(self, kind: type[E]) -> list[E]:
        return [event for event in self._play.stage.events if isinstance(event, kind)]

    # ------------------------------------------------------------ what is shown

    def checks(self) -> dict[str, bool]:
        """What must be true of all money, and whether it is."""
        play, stage, dust = self._play, self._play.stage, self._data_set.dust
        in_wallets = sum(stage.balance(person.address) for person in stage.people)
        (etherless,) = (annotator for annotator in play.annotators if annotator.relayer)
        return {
            f"the escrow holds {dollars(stage.held('TaskEscrow'), 6)}, the sink's": (
                stage.held("TaskEscrow") == self._sunk("TaskEscrow")
            ),
            f"the tests' ledger holds {dollars(stage.held('GoldTest'), 6)}, the sink's": (
                stage.held("GoldTest") == self._sunk("GoldTest")
            ),
            f"the court holds {dollars(stage.held('Court'), 6)}": stage.held("Court") == 0,
            f"the royalty pool holds {dollars(stage.held('RoyaltyPool'), 6)}, its dust": (
                stage.held("RoyaltyPool") == dust
            ),
            f"all wallets together hold {dollars(in_wallets, 6)}, minted were {dollars(stage.minted, 6)}": (
                in_wallets + dust + self._sink == stage.minted
            ),
            "each annotator has gained earned - lost + disputes + royalty - relay fees, as the events tell": (
                all(row.net == row.earned - row.lost + row.disputes + row.royalty - row.fees for row in self.rows)
            ),
            **self._tests(),
            **self._no_stake_for_the_requester(),
            **self._stakes_come_back(),
            f"each accepted label is a share: {self._data_set.enrolled:,}": (
                sum(row.shares for row in self.rows) == self._data_set.enrolled == self._data_set.accepted
            ),
            f"{etherless.name} has never held ether": not stage.chain.used_ether(etherless.address),
            f"the gate has refused the outsider {sum(play.refusals)} of {len(play.refusals)} times": (
                all(play.refusals) and len(play.refusals) > 0
            ),
        }

    @property
    def _sink(self) -> int:
        """What was lost and is nobody's."""
        return self._sunk("TaskEscrow") + self._sunk("GoldTest")

    def _sunk(self, contract: str) -> int:
        """What of that is in one of the ledgers that know a sink."""
        client = self._play.requester.client
        ledgers = {"TaskEscrow": client.ledger, "GoldTest": client.tests.ledger}
        return ledgers[contract].free(account=client.tasks.sink())

    def _tests(self) -> dict[str, bool]:
        """Who may publish, by the answers and the truth alone; and where the money of the tests is."""
        play, gold = self._play, self._play.gold
        if gold is None:
            return {}
        published = {event.submission for event in self._events(events.Published)}
        forfeited = {event.submission for event in self._events(events.Forfeited)}
        told, terms = gold.plan.known, gold.plan.terms
        dropped = {gold.case.item} if gold.case is not None and gold.case.outcome == Outcome.WRONG else set()
        errors = {
            work.id: [told[item] != label for item, label in work.answers.items() if item in told.keys() - dropped]
            for work in play.works
            if gold.is_tested(work)
        }
        # For each item that is dropped one error less is allowed.
        passed = {name for name, wrong in errors.items() if sum(wrong) <= terms.allowed - (terms.size - len(wrong))}
        deposits = sum(event.deposit for event in self._events(events.GoldOpened))
        bonds = sum(event.fee for event in self._events(events.GoldDisputed))
        settled, released = self._events(events.GoldDisputeSettled), self._events(events.DepositReleased)
        won, again = sum(event.to_disputer for event in settled), sum(event.to_requester for event in released)
        sunk = sum(event.to_sink for event in settled) + sum(event.to_sink for event in released)
        return {
            f"of {len(errors)} tested submissions the {len(passed)} with few enough errors were published, "
            f"{len(forfeited)} forfeited": (
                published & errors.keys() == passed and forfeited == errors.keys() - passed
            ),
            f"of deposits and bonds of {dollars(deposits + bonds)} for the gold {dollars(again)} came back to "
            f"{play.offer.requester}, {dollars(won)} went to who disputed it, {dollars(sunk)} to the sink": (
                deposits + bonds == again + won + sunk and sunk == self._sunk("GoldTest")
            ),
        }

    def _stakes_come_back(self) -> dict[str, bool]:
        """Who lost no submission has every unit of the stake, whatever was proven wrong in it."""
        claimed = {event.submission: event.stake for event in self._events(events.Claimed)}
        due = {work.id: self._play.terms.stake_of(work.slot) for work in self._play.works if work.is_paid}
        return {
            f"{len(due)} submissions were neither forfeited nor rejected: each has its whole stake back": claimed == due
        }

    def _no_stake_for_the_requester(self) -> dict[str, bool]:
        """Where all stakes are, and that what the requester has again is pay alone: both by balances."""
        play, terms = self._play, self._play.terms
        settled = {event.challenge: event for event in self._events(events.Settled)}
        spent = found = 0
        sunk = self._sunk("TaskEscrow") - sum(event.to_sink for event in settled.values())
        for work in play.works:
            stake, right = terms.stake_of(work.slot), len(work.labels) - work.errors
            if work.failed:
                continue  # nobody can read it: the pay was never touched
            if work.rejected:
                # The labels can be read, so the requester pays for what is right of them, up to half of the stake.
                kept = min(terms.reward * right, stake // 2)
                spent, sunk = spent + kept, sunk - kept
                cases = [case for case in play.cases if case.work is work]
                found += sum(max(0, settled[case.challenge].to_challenger - case.bond) for case in cases)
            else:
                spent += terms.reward * right + terms.prize * work.errors
        # Whoever disputed wrong gold was paid out of the requester's deposit.
        spent += sum(event.deposit for event in self._events(events.GoldOpened))
        spent -= sum(event.to_requester for event in self._events(events.DepositReleased))
        spent += self._fees(play.requester)
        staked, back = sum(row.staked for row in self.rows), sum(row.back for row in self.rows)
        sales = sum(event.amount for event in self._events(events.RequesterShareCollected))
        again = terms.pot + play.stage.gain(play.requester) - sales
        return {
            f"no unit of a stake has reached {play.offer.requester}: of {dollars(staked)}, {dollars(back)} came back, "
            f"{dollars(found)} went to challengers, {dollars(sunk)} to the sink": (
                staked == back + found + sunk and again == terms.pot - spent
            )
        }

    def annotators_table(self) -> Table:
        """One line per annotator."""
        table = new_table(
            "Annotators (test dollars)",
            *("annotator", "right", "test", "stake back", "lost", "pay", "disputes", "royalty", "gain", "rejected"),
        )
        for row in self.rows:
            submissions = sum(work.annotator.name == row.name for work in self._play.works)
            name = row.name + (" ~" if row.name == self._play.etherless else "")
            table.add_row(
                name,
                f"{row.accuracy:.1%}",
                row.test,
                *(dollars(amount) for amount in (row.back, -row.lost, row.earned, row.disputes, row.royalty, row.net)),
                f"{row.rejected} of {submissions}" + (" *" if row.withheld else ""),
            )
        (etherless,) = (row for row in self.rows if row.name == self._play.etherless)
        table.caption = (
            f"{self._caption_of_tests()}stake back, lost: failed and rejected submissions lose it, in whole\n"
            f"royalty: {dollars(self._data_set.per_share)} for each accepted label\ngain: by the wallet's balance\n"
            f"~ holds no ether: a relayer sent {self._play.stage.relayed[etherless.name]} calls for "
            f"{dollars(etherless.fees)}, already taken off the gain\n* one of them because its labels were withheld"
        )
        return table

    def _caption_of_tests(self) -> str:
        works = [work for work in self._play.works if work.test is not None]
        if not works:
            return ""
        # Of another batch, from which no item was dropped, it may be one more.
        found = sorted({(work.test.allowed, len(work.test.right + work.test.wrong)) for work in works if work.test})
        return "test: errors; " + ", ".join(f"{allowed} of {size} pass" for allowed, size in found) + "\n"

    def others_table(self) -> Table:
        """One line for everybody else, the jurors in one."""
        play = self._play
        (closed,) = self._events(events.Closed)
        rest = sum(event.amount for event in self._events(events.RequesterShareCollected))
        paid = rest - play.stage.gain(play.requester)
        jurors = [play.stage.gain(juror) for juror in play.jurors]
        table = new_table("Everybody else (test dollars)", "who", "gain", "")
        table.columns[2].justify = "left"
        table.add_row(
            play.offer.requester,
            dollars(rest - paid),
            f"{closed.accepted:,} of {self._data_set.parts:,} labels accepted, net "
            f"{dollars(paid // max(1, closed.accepted))} each; sales {dollars(rest)}",
        )
        table.add_row(
            "licensee",
            dollars(play.stage.gain(play.licensee)),
            f"a licence for {play.market.price:,.2f}, then {play.market.model:,.2f} for a model",
        )
        table.add_row("auditor", dollars(play.stage.gain(play.auditor)), self._record(play.auditor))
        table.add_row("watcher", dollars(play.stage.gain(play.watcher)), self._record(play.watcher))
        table.add_row(
            f"{len(jurors)} jurors", dollars(sum(jurors)), f"from {dollars(min(jurors))} to {dollars(max(jurors))} each"
        )
        table.add_row("relayer", dollars(play.stage.gain(play.relayer)), f"for the calls of {play.etherless}")
        table.add_row("outsider", dollars(play.stage.gain(play.outsider)), "has no credential")
        table.add_row("sink", dollars(self._sink), "what rejections have taken and was nobody's prize")
        return table

    def _record(self, party: Person) -> str:
        mine = [case for case in self._play.cases if case.party is party and case.kind == ChallengeKind.CORRECTNESS]
        won = sum(case.outcome in (Outcome.CONCEDED, Outcome.WRONG) for case in mine)
        return f"{won} of {len(mine)} challenges won"

    def story(self) -> list[str]:
        """What happened, in sentences."""
        play = self._play
        works, challenges = play.works, [case for case in play.cases if case.kind == ChallengeKind.CORRECTNESS]
        withheld = [work for work in works if work.withheld]
        heard = [case.hearing for case in challenges if case.hearing is not None]
        right = sum(hearing.rulings[-1] == hearing.truth for hearing in heard)
        overturned = sum(hearing.rulings[-1] != hearing.rulings[0] for hearing in heard)
        appeals = sum(len(hearing.rulings) - 1 for hearing in heard)
        outcomes = Counter(case.outcome for case in challenges)
        failed, rejected = sum(work.failed for work in works), sum(work.rejected for work in works)
        return [
            *self._story_of_gold(),
            f"{len(works)} submissions: {sum(work.is_paid for work in works)} paid, {failed} forfeited as they failed "
            f"the test, {rejected} rejected, of which "
            f"{sum(work.withheld for work in works if work.rejected)} because labels were withheld"
            + "".join(f" ({len(work.labels)} of {work.annotator.name}; nobody has shown them)" for work in withheld),
            f"{len(challenges)} challenges of {sum(len(case.items) for case in challenges)} labels: "
            + ", ".join(
                f"{count} {WORDS[outcome]}" for outcome, count in outcomes.most_common() if outcome is not None
            ),
            f"{len(heard)} disputes about them, {appeals} appeals, {overturned} first rulings overturned; "
            f"{right} of {len(heard)} final rulings are true",
            f"{dollars(self._data_set.paid)} paid for a licence and a model: "
            f"{dollars(sum(row.royalty for row in self.rows))} to those who labelled, "
            f"{dollars(self._data_set.requester_share)} to {play.offer.requester}",
        ]

    def _story_of_gold(self) -> list[str]:
        """How the sealed labels were tested."""
        play, gold = self._play, self._play.gold
        if gold is None or gold.case is None:
            return []
        case, block, requester = gold.case, play.block, play.offer.requester
        assert case.outcome is not None
        item, said = block.items[case.item], gold.plan.known[case.item]
        (settled,) = self._events(events.GoldDisputeSettled)
        tested, terms = [work for work in play.works if work.test is not None], gold.plan.terms
        batches = " and ".join(str(batch + 1) for batch in gold.plan.graded)
        failed = [work.annotator.name for work in tested if work.failed]
        return [
            f"All {len(play.works)} submissions were sealed before {requester} told that of "
            f"{play.terms.batches} batches number {batches} is tested, and on which {terms.size} items; "
            f"{terms.allowed} errors pass",
            f"One of these answers was wrong: {item} is {block.gold[item]}, {requester} said {said}. "
            f"{case.disputer.name} had it right and disputed it: {WORDS[case.outcome]}"
            + (
                f", the item dropped, {dollars(self._won_about_gold(case.disputer))} won"
                if settled.dropped
                else f", the item stays, {dollars(-self._won_about_gold(case.disputer))} lost"
            ),
            f"{len(tested) - len(failed)} of {len(tested)} tested submissions passed; never read, never paid and "
            f"without the stake: {', '.join(failed) or 'none'}",
        ]

    def gas_table(self) -> Table:
        """What each step has cost."""
        gas = self._play.stage.gas
        table = new_table("Gas (by receipt)", "call", "transactions", "mean", "least", "most")
        for call, used in gas.items():
            table.add_row(call, str(len(used)), *(f"{round(value):,}" for value in (mean(used), min(used), max(used))))
        total = [amount for used in gas.values() for amount in used]
        table.add_section()
        table.add_row("all", f"{len(total):,}", f"{sum(total):,} in total", "", "")
        return table

    def write(self, folder: Path) -> list[Path]:
        """Writes tables (amounts in base units) and chart; returns their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        stage = self._play.stage
        balances = [(person.name, person.address, PURSE, stage.balance(person.address)) for person in stage.people]
        balances.append(("sink", self._play.requester.client.tasks.sink(), 0, self._sink))
        write_csv(folder / TABLE, [field.name for field in fields(Row)], [astuple(row) for row in self.rows])
        write_csv(folder / BALANCES, ["name", "address", "start", "end"], balances)
        self._draw(folder / CHART)
        return [folder / name for name in (TABLE, BALANCES, CHART)]

    def _draw(self, path: Path) -> None:
        """Accuracy against earnings, one point per annotator."""
        from matplotlib.figure import Figure

        play = self._play
        figure = Figure(figsize=(8, 5), dpi=150, layout="constrained")
        axes = figure.subplots()
        real = [row for row in self.rows if row.name in play.block.annotators]
        promised = float(play.offer.reward) * len(play.block.items)
        axes.axhline(0, color="0.6", linewidth=1)
        axes.axhline(promised, color="0.6", linewidth=1, linestyle="dotted")
        axes.annotate(
            "pay for all labels",
            (0.01, promised),
            xycoords=("axes fraction", "data"),
            ha="left",
            va="bottom",
            color="0.4",
            fontsize=8,
        )
        for title, colour, marker, rows in (
            ("all submissions paid", "tab:green", "o", [row for row in real if not row.lost]),
            ("some failed or rejected", "tab:orange", "s", [row for row in real if row.lost and not row.withheld]),
            ("labels withheld", "tab:red", "X", [row for row in real if row.withheld]),
            ("did not look at the items", "tab:red", "v", [row for row in self.rows if row not in real]),
        ):
            if not rows:
                continue
            axes.scatter(
                [100 * row.accuracy for row in rows],
                [row.net / UNIT for row in rows],
                label=title,
                color=colour,
                marker=marker,
                s=60,
                zorder=2,
            )
        # A line from what the labels alone have brought to what they have with the royalties.
        axes.vlines(
            [100 * row.accuracy for row in self.rows],
            [(row.net - row.royalty) / UNIT for row in self.rows],
            [row.net / UNIT for row in self.rows],
            color="goldenrod",
            linewidth=3,
            alpha=0.6,
            zorder=1,
            label="of it royalty",
        )
        axes.set_title(f"{play.block.name}: what accuracy earned, {play.block.note.partition(':')[0]}", fontsize=11)
        axes.set_xlabel("accuracy against the gold labels (%)")
        axes.set_ylabel("gain of the wallet (test dollars)")
        axes.margins(x=0.08, y=0.12)
        axes.grid(alpha=0.25)
        axes.legend(fontsize=8, loc="lower right")
        figure.draw_without_rendering()  # only now it is known where points are
        self._name_points(axes)
        figure.savefig(path)

    def _name_points(self, axes: "Axes") -> None:
        """Writes each annotator's name beside the point, where no other point or name is."""
        points = [(100 * row.accuracy, row.net / UNIT) for row in self.rows]
        places = [tuple(place) for place in axes.transData.transform(points)]  # pixels
        scale = axes.figure.dpi / 72  # pixels per point of type
        taken = [(x - 5 * scale, y - 5 * scale, x + 5 * scale, y + 5 * scale) for x, y in places]
        for row, point, (x, y) in zip(self.rows, points, places, strict=True):
            width, height = 5 * len(row.name), 9
            offsets: list[tuple[float, float]] = [(7, -3), (-7 - width, -3)]
            offsets += [(-width / 2, far) for step in range(4) for far in (7 + 10 * step, -7 - height - 10 * step)]
            boxes = [
                (x + dx * scale, y + dy * scale, x + (dx + width) * scale, y + (dy + height) * scale)
                for dx, dy in offsets
            ]
            clashes = [sum(_overlap(box, other) for other in taken) for box in boxes]
            best = clashes.index(min(clashes))
            taken.append(boxes[best])
            axes.annotate(row.name, point, xytext=offsets[best], textcoords="offset points", fontsize=8)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def introduction(play: Play, seed: int, untested: str = "") -> Table:
    """What is about to be played, by which rules. `untested` says why no labels are tested, if so."""
    offer, size = play.offer, play.offer.batch_size(len(play.block.items))
    table = Table(title=f"Goldleaf: {play.block.name}, seed {seed}", show_header=False, box=None, title_justify="left")
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_row("data", play.block.note)
    table.add_row(
        "task",
        f"{offer.requester} pays {offer.reward:.2f} a label for a stake of {offer.stake:.2f}, in batches of {size}; "
        f"{offer.tolerance_bps / 10_000:.0%} of a batch may be proven wrong before all of it is rejected",
    )
    if play.gold is None:
        table.add_row("test", f"none: {untested}")
    else:
        terms = play.gold.plan.terms
        table.add_row(
            "test",
            f"{offer.requester} knows the answers of {terms.size} items in {len(play.gold.plan.graded)} of "
            f"{len(play.block.items) // size} batches and shows them when all labels are sealed; whoever errs on more "
            f"than {terms.allowed} is not read and loses the stake. One of the answers is wrong on purpose: whoever "
            "has it right and is surest disputes it",
        )
    table.add_row("court", f"3, 7, then 15 of {play.jurors_wanted} jurors at {offer.juror_fee:.2f} each")
    table.add_row(
        "credentials",
        f"{offer.board} signs who may label and judge ({offer.domain}): annotators and jurors, not the outsider",
    )
    table.add_row("gasless", f"{play.etherless} holds no ether: a relayer sends what they sign, {dollars(FEE)} a call")
    table.add_row(
        "royalty",
        f"{ROYALTY_BPS / 10_000:.0%} of what is paid for the data set, an equal part for each label: a licence at "
        f"{play.market.price:,.2f}, then {play.market.model:,.2f} for a model, {PRICE:.0%} and {MODEL:.0%} of the pay",
    )
    table.add_row("cheats", Cheats.rule)
    table.add_row("auditor", Auditor.rule)
    table.add_row("watcher", Watcher.rule)
    table.add_row(
        "both",
        "challenge a submission only where the prizes are at least a third of the bond; with more wrong labels than "
        "are tolerated, by a bond that brings the whole bonus",
    )
    table.add_row("annotators", play.annotators_rule.rule)
    table.add_row("jurors", play.jurors_rule.rule)
    table.add_row("losers", Losers.rule)
    return table


def write_csv(path: Path, header: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Writes a table as a file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def new_table(title: str, *columns: str) -> Table:
    """A table whose first column is text and whose others are numbers."""
    table = Table(
        title=title,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        collapse_padding=True,
    )
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left", no_wrap=True)
    return table


def dollars(amount: int, places: int = 2) -> str:
    """An amount of base units in whole tokens."""
    return f"{Decimal(amount) / UNIT:,.{places}f}"
