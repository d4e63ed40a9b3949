"""Plays GoldTest on a node and notes what each call costs, as `measure` does for the other contracts."""

from goldleaf.types import NOT_HEARD
from tests.chains import AnvilChain
from tests.gas.measure import Measured, Meter
from tests.gold import GoldWorld, Terms, gold_list
from tests.protocol import DAY, EVIDENCE, URI
from tests.relayed import permit, signer

# Items in a graded batch, classes and allowed errors.
THIRTY = Terms(items=300, batch_size=100, counts=(15, 15), allowed=12)
HELD = {
    "30 items of 100": THIRTY,
    "32 items of 100": Terms(items=100, batch_size=100, counts=(16, 16), allowed=13),
    "128 items of 4096": Terms(items=4096, batch_size=4096, counts=(64, 64), allowed=50, tolerance_bps=400),
}


def measure_gold(chain: AnvilChain) -> Measured:
    """Every function of a GoldTest."""
    world, meter = GoldWorld(chain=chain), Meter(chain)
    gold, requester, token, unit = world.gold, world.requester, world.token, world.unit
    # Whoever acts below has something left.
    world.fund(requester, 10_000 * unit)
    meter.note("deposit")
    gold.transfer(token, unit, world.account(), sender=requester)
    meter.note("transfer, to who has none")
    gold.withdraw(token, unit, world.account(), sender=requester)
    meter.note("withdraw")
    owner, deadline = signer("owner"), world.now + DAY
    token.mint(owner.address, unit)
    signature = permit(token, owner, gold.address, unit, deadline, chain.id)
    gold.deposit_with_permit(token, unit, owner.address, deadline, *signature, sender=owner.address)
    meter.note("deposit_with_permit")

    for case, terms in HELD.items():
        task = world.tested(terms)
        meter.note(f"set_up, {case}")
        works = world.sealed(task, wrong=[range(terms.allowed), ()])
        world.open_gold(task)
        meter.note(f"open_gold, {case}, not noted")
        world.pass_dispute_period(task)
        answers = world.answers(task, works[0])
        meter.view(gold, "grade", works[0].submission, works[0].labels.root, answers)
        world.publish(works[0], answers)
        meter.note(f"publish_graded, {terms.size - terms.allowed} right of {case}")
        world.publish(works[1], world.answers(task, works[1]))
        meter.note(f"publish_graded, all right of {case}")
        gold.release_deposit(task, 0)
        meter.note("release_deposit")

    task = world.tested(THIRTY)
    works = world.sealed(task, 0)
    gold.note_sealed(task, 0)
    meter.note("note_sealed")
    world.open_gold(task, 0)
    meter.note("open_gold, 30 items of 100")
    others = world.sealed(task, 1)
    gold.waive(task, 1, sender=requester)
    meter.note("waive, not noted")
    world.publish(others[0])
    meter.note("publish_graded, waived")
    for work, numbers, ruling in zip(works, ([0], [1, 2, 3, 4]), (NOT_HEARD, 1), strict=True):
        world.fund(work.annotator, 3 * world.cost)
        gold.dispute_gold(work.submission, numbers, world.cost, EVIDENCE, URI, sender=work.annotator)
        meter.note(f"dispute_gold, {len(numbers)} item{'s' * (len(numbers) > 1)}")
        gold.rule(len(numbers) // 4, ruling, sender=world.arbitrator.address)
        meter.note("rule")
        dispute = (task << 128) + len(numbers) // 4
        gold.settle_gold_dispute(dispute, world.list_of(task))
        meter.note(f"settle_gold_dispute, {'drops 4 and voids the test' if ruling == 1 else 'drops nothing'}")
    gold.release_deposit(task, 0)
    meter.note("release_deposit, of a void test")
    world.travel_to(world.deadline(task))
    world.provide(requester, 100 * world.cost)
    gold.open_gold(task, 2, gold_list(world.positions(task)), world.cost, sender=requester)
    meter.note("open_gold, 30 items of 100, after the deadline")

    for function, arguments in {
        "is_ready": [task],
        "publish_until": [works[0].submission],
        "is_tested": [works[0].submission, 0],
        "test": [task],
        "batch": [task, 0],
        "gold_dispute": [task << 128],
        "gold_dispute_of": [world.arbitrator, 0],
        "tested": [task, 0, 0],
        "free": [token, requester],
        "escrow": [],
        "relay": [],
        "sink": [],
    }.items():
        meter.view(gold, function, *arguments)
    return meter.measured
