"""`client.tests`: what it refuses before anything is sent, as the contract does, and what it reads."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode

from goldleaf import ZERO_ADDRESS, GoldTerms, LabelSet, Manifest, Outcome, economics, errors, events, testing, types
from goldleaf.ids import gold_dispute_id, split_gold_dispute, submission_id
from tests.graded import CLASSES, PURSE, SALT, TERMS, URI, GradedTask
from tests.in_process import DAY, Play


@pytest.fixture
def graded(play: Play) -> Callable[..., GradedTask]:
    return lambda **changes: make(play, **changes)


def make(play: Play, **changes: Any) -> GradedTask:
    """A graded task of two annotators, who have balances where they need them."""
    clients = [play.annotator, play.world.clients[4]]
    for client in (play.requester, *clients):
        client.tests.ledger.deposit(PURSE)
    return GradedTask(play.requester, clients, play.world.deployment, play.world.arbitrator.address, **changes)


def refused(
    error: type[Exception], client: Any, name: str, *arguments: Any, said: str | None = None, **options: Any
) -> None:
    """Both before anything is sent, and by the contract."""
    with pytest.raises(error, match=said):
        getattr(client.tests, name)(*arguments, **options)
    with pytest.raises(error):
        getattr(client.unchecked.tests, name)(*arguments, **options)


def rule(play: Play, told: events.GoldDisputed, ruling: int) -> None:
    play.world.arbitrator.functions.give_ruling(told.dispute, ruling).transact({"from": play.world.accounts[0]})


# ---------------------------------------------------------------- setting up


def test_set_up__terms__are_what_is_read(play: Play, graded: Any) -> None:
    scene = graded(is_set_up=False)
    said = scene.requester.tests.set_up(scene.task, TERMS).result
    assert said == scene.requester.tests.setting_up(scene.task)
    assert (said.task, said.classes, said.counts, said.allowed) == (scene.task, TERMS.digests, (5, 5), 4)
    found = play.stranger.tests.get(scene.task)
    assert (found.counts, found.allowed) == ((5, 5), 4)
    assert (found.opening_period, found.dispute_period) == (2 * DAY, 4 * DAY)
    assert play.stranger.tests.deposit(scene.task) == 3 * 10**6 * (2 + 2)


def test_set_up__not_allowed__refused(play: Play, graded: Any) -> None:
    scene = graded(is_set_up=False)
    refused(errors.NotTestsRequester, play.stranger, "set_up", scene.task, TERMS)
    refused(errors.NoSuchTask, scene.requester, "set_up", scene.task + 1, TERMS)
    ungraded = play.open()
    refused(errors.NotTasksGrader, scene.requester, "set_up", ungraded, TERMS, said=ZERO_ADDRESS)
    long = GoldTerms(CLASSES, (5, 5), 4, dispute_period=91 * DAY)
    refused(errors.BadDisputePeriod, scene.requester, "set_up", scene.task, long)
    long = GoldTerms(CLASSES, (5, 5), 4, opening_period=91 * DAY)
    refused(errors.BadOpeningPeriod, scene.requester, "set_up", scene.task, long)
    large = GoldTerms(CLASSES, (6, 5), 4)
    refused(errors.BadTestSize, scene.requester, "set_up", scene.task, large, said="is 11, must be 10 to 10")
    scene.requester.tests.set_up(scene.task, TERMS)
    refused(errors.TestAlreadySetUp, scene.requester, "set_up", scene.task, TERMS)


def test_set_up__test_that_tells_nothing_apart__refused_with_the_figures(graded: Any) -> None:
    scene = graded(is_set_up=False)
    lax, strict = GoldTerms(CLASSES, (5, 5), 5), GoldTerms(CLASSES, (5, 5), 0)
    with pytest.raises(errors.ConstantAnswerPasses, match="one answer to all 10 items errs on 5, so is 5"):
        scene.requester.tests.set_up(scene.task, lax)
    with pytest.raises(errors.ExpertsFail, match="right on 90.0 % of the items fails 65.1 % of the tests"):
        scene.requester.tests.set_up(scene.task, strict)
    scene.requester.tests.set_up(scene.task, strict, accuracy="0.99")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"changes": {"grader": None}}, errors.ManifestError),
        ({"changes": {"batch_size": 10, "stake": 600_000}}, errors.BadTestSize),
        ({"terms": GoldTerms(CLASSES, (5, 5), 4, dispute_period=91 * DAY)}, errors.BadDisputePeriod),
        ({"changes": {"arbitration_timeout": 360 * DAY}}, errors.TestTakesTooLong),
    ],
)
def test_open__test_in_the_manifest_that_could_not_be_set_up__refused(
    graded: Any, changes: dict[str, Any], error: type[Exception]
) -> None:
    """Before the pay is locked in a task that nobody can take."""
    with pytest.raises(error):
        graded(is_set_up=False, **changes)


def test_set_up__short_periods__warned_of(graded: Any) -> None:
    scene = graded(is_set_up=False)
    with pytest.warns(Warning, match="opening period is 86399") as caught:
        scene.requester.tests.set_up(scene.task, GoldTerms(CLASSES, (5, 5), 4, DAY - 1, 3 * DAY - 1))
    assert any("the dispute period is 259199" in str(each.message) for each in caught)


# ---------------------------------------------------------------- before a slot is taken


def test_preview__graded_task__tells_the_test_and_the_chance_to_fail(play: Play, graded: Any) -> None:
    scene = graded(is_set_up=False)
    preview = play.annotator.submissions.preview(scene.task)
    assert preview.test is None
    assert any("the test is not set up" in note for note in preview.notes)
    with pytest.raises(errors.TestNotSetUp):
        play.annotator.submissions.take(scene.task)
    scene.requester.tests.set_up(scene.task, TERMS)
    preview = play.annotator.submissions.preview(scene.task)
    chances = tuple((share, testing.chance_to_fail(10, 4, share)) for share in testing.SHOWN)
    assert preview.test == types.GoldPreview((5, 5), 4, 2 * DAY, 4 * DAY, chances) and preview.test.size == 10
    assert [f"{float(share):.0%} right: {float(chance):.1%}" for share, chance in preview.test.chances] == [
        "70% right: 15.0%",
        "80% right: 3.3%",
        "90% right: 0.2%",
    ]
    assert preview.worst_loss == 20 * 400_000
    p = play.annotator.tasks.get(scene.task).parameters
    assert preview.free_by == (
        p.publish_end + 2 * DAY + 4 * DAY + p.arbitration_timeout  # gold opened and disputed at the last moment
        + p.challenge_period + p.response_period + p.arbitration_timeout - 3
    )  # fmt: skip


def refused_to_take(error: type[Exception], play: Play, task: int, manifest: Manifest, said: str | None = None) -> None:
    """Whatever is checked, and before anybody is shown what there is to earn."""
    for client in (play.annotator, play.annotator.unchecked):
        for call in (
            lambda take: take.take.simulate(task, 0, manifest=manifest),
            lambda take: take.take_many.simulate(task, 1, manifest=manifest),
            lambda take: take.preview(task, manifest=manifest),
        ):
            with pytest.raises(error, match=said):
                call(client.submissions)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (GoldTerms(CLASSES, (5, 5), 3, 2 * DAY, 4 * DAY), "allowed errors: 3 on chain, 4 in the manifest"),
        (GoldTerms(CLASSES, (6, 4), 3, 2 * DAY, 4 * DAY), "known items of each class: .* on chain, .*; allowed errors"),
        (GoldTerms(CLASSES, (5, 5), 4, DAY, 4 * DAY), "seconds to open the gold: 86400 on chain, 172800 in the man"),
        (GoldTerms(CLASSES, (5, 5), 4, 2 * DAY, 3 * DAY), "seconds to dispute it: 259200 on chain, 345600 in the man"),
        (GoldTerms(["benign", "unclear"], (5, 5), 4, 2 * DAY, 4 * DAY), "classes: those on chain are not"),
    ],
)
def test_take__test_is_not_what_the_manifest_shows__refused(
    play: Play, graded: Any, terms: GoldTerms, said: str
) -> None:
    scene = graded(is_set_up=False)
    refused_to_take(errors.TestNotSetUp, play, scene.task, scene.manifest)
    scene.requester.tests.set_up(scene.task, terms)
    refused_to_take(errors.TestDiffers, play, scene.task, scene.manifest, said)


def test_take__manifest_shows_no_test_of_a_tested_task__refused(play: Play, graded: Any) -> None:
    shown = graded().manifest
    silent = replace(shown, test=None)
    scene = graded(changes={"terms": silent})
    refused_to_take(errors.TestDiffers, play, scene.task, silent, "shows no test, and the labels of task 2 are tested")
    refused_to_take(errors.ManifestError, play, scene.task, shown, "not that of task 2")


def test_take__manifest_shows_a_test_that_there_is_not__refused(play: Play, graded: Any) -> None:
    shown = graded().manifest
    task = play.open(items=40, batch_size=20, stake=400_000, terms=shown.terms)
    refused_to_take(errors.TestDiffers, play, task, shown, "the manifest shows a test, and task 2 has none")


def test_take__test_as_the_manifest_shows_it__taken(play: Play, graded: Any) -> None:
    scene = graded()
    assert play.annotator.submissions.preview(scene.task, manifest=scene.manifest).test.allowed == 4
    assert len(play.annotator.submissions.take_many(scene.task, 2, manifest=scene.manifest).result) == 2
    assert play.stranger.submissions.take(scene.task, manifest=scene.manifest).result.annotator == play.stranger.account
    # What another grader tests by, nobody can compare.
    other = play.world.deploy("GoldTest", ZERO_ADDRESS, play.world.escrow.address)
    terms = replace(scene.manifest, test=None)
    task = play.open(items=40, batch_size=20, stake=400_000, grader=other.address, terms=terms.terms)
    other.functions.set_up(task, list(TERMS.digests), [5, 5], 4, 2 * DAY, 4 * DAY).transact(
        {"from": play.requester.account}
    )
    play.annotator.submissions.take(task, 0, manifest=terms, accept_grader=other.address)


def test_take__grader_that_is_neither_listed_nor_accepted__refused(play: Play) -> None:
    other = play.world.deploy("GoldTest", ZERO_ADDRESS, play.world.escrow.address)
    task = play.open(items=40, batch_size=20, stake=400_000, grader=other.address)
    other.functions.set_up(task, list(TERMS.digests), [5, 5], 4, 2 * DAY, 4 * DAY).transact(
        {"from": play.requester.account}
    )
    preview = play.annotator.submissions.preview(task)
    assert preview.notes[0].startswith(f"the grader {other.address} is not listed") and preview.test is None
    for client in (play.annotator, play.annotator.unchecked):
        with pytest.raises(errors.UnknownGrader, match=other.address):
            client.submissions.take(task, 0)
    submission = play.annotator.submissions.take(task, 0, accept_grader=other.address).result.submission
    with pytest.raises(errors.UnlistedGrader):
        play.annotator.tests.tested(submission)
    # Its answers are not made here, but taken as they are.
    labels = LabelSet(["benign"] * 20)
    play.annotator.submissions.commit(submission, labels, uri=URI, salt=SALT)
    with pytest.raises(errors.UnlistedGrader):
        play.annotator.submissions.publish(submission, labels, uri=URI, salt=SALT)
    other.functions.waive(task, 0).transact({"from": play.requester.account})
    options = {"uri": URI, "salt": SALT, "answers": b""}
    assert play.annotator.submissions.publish_graded(submission, labels, **options).result.submission == submission


# ---------------------------------------------------------------- gold


def test_note_sealed__once_and_not_before(play: Play, graded: Any) -> None:
    scene = graded()
    scene.commit(0, scene.labels(0))
    refused(errors.BatchNotSealed, play.stranger, "note_sealed", scene.task, 0, said="batch 0: until all")
    refused(errors.NoSuchBatch, play.stranger, "note_sealed", scene.task, 2)
    assert play.stranger.tests.batch(scene.task, 0).phase == types.TestPhase.UNSEALED
    scene.commit(1, scene.labels(0))
    noted = play.stranger.tests.note_sealed(scene.task, 0).result
    state = play.stranger.tests.batch(scene.task, 0)
    assert (state.phase, state.sealed_at) == (types.TestPhase.SEALED, noted.sealed_at)
    refused(errors.BatchAlreadyNoted, play.stranger, "note_sealed", scene.task, 0)


def test_open_gold__before_the_batch_is_sealed__never_sent(play: Play, graded: Any) -> None:
    """Whatever else is not checked: who reads the transaction has the answers, mined or not."""
    scene = graded()
    scene.commit(0, scene.labels(scene.graded))
    before = play.world.web3.eth.get_transaction_count(scene.requester.account)
    for client in (scene.requester, scene.requester.unchecked):
        with pytest.raises(errors.BatchNotSealed):
            client.tests.open_gold(scene.task, scene.graded, scene.gold)
        with pytest.raises(errors.BatchNotSealed):
            client.tests.open_gold.transaction(scene.task, scene.graded, scene.gold)
        with pytest.raises(errors.BatchNotSealed):
            client.tests.open_gold.simulate(scene.task, scene.graded, scene.gold)
    # At the deadline the block that is being built is past it, and the last one that was mined is not.
    deadline = scene.requester.tasks.get(scene.task).parameters.deadline
    play.world.travel_to(deadline)
    assert scene.requester.tests.batch(scene.task, scene.graded).phase == types.TestPhase.SEALED
    with pytest.raises(errors.BatchNotSealed):
        scene.open_gold()
    assert play.world.web3.eth.get_transaction_count(scene.requester.account) == before
    play.world.tester.mine_block()
    assert scene.open_gold().result.batch == scene.graded


def test_open_gold__bad_input__refused_before_anything_is_sent(play: Play, graded: Any) -> None:
    scene = graded()
    scene.seal(scene.graded)
    benign = scene.gold_of("benign")
    elsewhere = scene.spared * 20
    cases: list[tuple[type[Exception], dict[int, Any], str]] = [
        (errors.GoldNotInBatch, {**scene.gold, elsewhere: "benign"}, f"item is {elsewhere}, must be"),
        (errors.LabelOutsideSchema, {**scene.gold, benign[0]: "healthy"}, f"item {benign[0]}: 'healthy'"),
        (errors.WrongNumberOfItems, {**scene.gold, benign[0]: "malignant"}, "items of each class"),
        (errors.WrongNumberOfItems, {item: scene.gold[item] for item in benign}, "items of each class"),
        (errors.WrongNumberOfItems, {}, "is 0, 0, must be 5, 5"),
    ]
    before = play.world.web3.eth.get_transaction_count(scene.requester.account)
    for error, gold, said in cases:
        for client in (scene.requester, scene.requester.unchecked):
            with pytest.raises(error, match=said):
                client.tests.open_gold(scene.task, scene.graded, gold)
    with pytest.raises(errors.NoSuchBatch):
        scene.requester.tests.open_gold(scene.task, 2, scene.gold)
    with pytest.raises(errors.NotTestsRequester):
        play.stranger.tests.open_gold(scene.task, scene.graded, scene.gold)
    with pytest.raises(errors.GoldCostAboveMaximum):
        scene.requester.tests.open_gold(scene.task, scene.graded, scene.gold, max_cost=3 * 10**6 - 1)
    scene.requester.tests.ledger.withdraw()
    with pytest.raises(errors.BalanceTooLow) as caught:
        scene.open_gold()
    assert caught.value.ledger == "GoldTest" and caught.value.lacking == 12 * 10**6
    assert play.world.web3.eth.get_transaction_count(scene.requester.account) == before + 1


def test_opened__gold__is_what_was_shown(play: Play, graded: Any) -> None:
    scene = graded()
    (submission, _) = scene.seal(scene.graded)
    with pytest.raises(errors.GoldNotOpened):
        play.stranger.tests.opened(scene.task, scene.graded)
    assert play.stranger.tests.tested(submission) == ()
    told = scene.open_gold().result
    assert (told.cost, told.deposit) == (3 * 10**6, 12 * 10**6)
    gold = play.stranger.tests.opened(scene.task, scene.graded)
    digests = dict(zip(TERMS.classes, TERMS.digests, strict=True))
    assert dict(zip(gold.items, gold.answers, strict=True)) == {
        item: digests[label] for item, label in scene.gold.items()
    }
    assert play.stranger.tests.tested(submission) == tuple(sorted(scene.gold)) == gold.tested
    with pytest.raises(errors.GoldAlreadyOpened):
        scene.open_gold()
    refused(errors.GoldAlreadyOpened, scene.requester, "waive", scene.task, scene.graded)


def test_waive__sealed_batch__can_be_published_at_once(play: Play, graded: Any) -> None:
    scene = graded()
    batch = scene.graded
    labels = scene.labels(batch)
    refused(errors.BatchNotSealed, scene.requester, "waive", scene.task, batch)
    (submission, _) = scene.seal(batch)
    refused(errors.NotTestsRequester, play.stranger, "waive", scene.task, batch)
    with pytest.raises(errors.TestIsPending, match="for the requester to open the gold, until"):
        scene.publish(0, submission, labels)
    scene.requester.tests.waive(scene.task, batch)
    refused(errors.AlreadyWaived, scene.requester, "waive", scene.task, batch)
    with pytest.raises(errors.AlreadyWaived):
        scene.open_gold()
    # Not even the set is needed, for nothing is proven.
    assert scene.publish(0, submission, labels.root).result.submission == submission
    assert play.stranger.tests.tested(submission) == ()


def test_open_gold__too_late__refused_and_the_batch_spared(play: Play, graded: Any) -> None:
    scene = graded()
    (submission, _) = scene.seal(scene.graded)
    play.stranger.tests.note_sealed(scene.task, scene.graded)
    play.world.travel(2 * DAY)
    with pytest.raises(errors.OpeningHasEnded):
        scene.open_gold()
    refused(errors.OpeningHasEnded, scene.requester, "waive", scene.task, scene.graded)
    assert play.stranger.tests.batch(scene.task, scene.graded).phase == types.TestPhase.UNGRADED
    scene.publish(0, submission, scene.labels(scene.graded))


# ---------------------------------------------------------------- publishing


def test_publish__test_that_is_pending_then_passed(play: Play, graded: Any) -> None:
    scene = graded()
    batch = scene.graded
    erring = scene.labels(batch, wrong=[*scene.gold_of("benign")[:2], *scene.gold_of("malignant")[:2]])
    lone = scene.commit(0, erring)
    with pytest.raises(errors.TestIsPending, match="for the other submissions of the batch, or until"):
        scene.publish(0, lone, erring)
    scene.commit(1, scene.labels(batch))
    scene.open_gold()
    with pytest.raises(errors.TestIsPending, match="for its dispute period, until"):
        scene.publish(0, lone, erring)
    with pytest.raises(errors.TestIsPending):
        play.annotator.unchecked.submissions.publish_graded(lone, erring, uri=URI, salt=SALT)
    assert play.stranger.tests.publish_until(lone) == 2**256 - 1
    play.world.travel_to(scene.end_of_disputes())
    found = play.stranger.tests.result(lone, erring)
    assert (len(found.right), len(found.wrong), found.allowed, found.is_passed) == (6, 4, 4, True)
    p = play.annotator.tasks.get(scene.task).parameters
    test = play.stranger.tests.get(scene.task)
    state = play.stranger.tests.batch(scene.task, batch)
    assert play.stranger.tests.publish_until(lone) == economics.graded_publish_end(
        deadline=p.deadline,
        publish_period=p.publish_period,
        opening_period=test.opening_period,
        dispute_period=test.dispute_period,
        fixed_at=scene.end_of_disputes(),
        opened_at=state.opened_at,
    )
    with pytest.raises(errors.ArgumentError, match="the label set"):
        scene.publish(0, lone, erring.root)
    # By anybody who knows the opening.
    published = play.stranger.submissions.publish(lone, erring, uri=URI, salt=SALT).result
    assert (published.submission, published.root) == (lone, erring.root)
    # Known answers are public now, and errors on them are allowed for.
    with pytest.raises(errors.ItemWasTested):
        play.challenge(lone, [found.wrong[0]])


def test_publish__one_error_too_many__refused_before_anything_is_sent(play: Play, graded: Any) -> None:
    scene = graded()
    batch = scene.graded
    wrong = sorted([*scene.gold_of("benign")[:3], *scene.gold_of("malignant")[:2]])
    failed, constant = scene.labels(batch, wrong=wrong), scene.labels(batch, constant="benign")
    submissions = scene.seal(batch, failed, constant)
    scene.open_gold()
    play.world.travel_to(scene.end_of_disputes())
    assert play.stranger.tests.result(submissions[0], failed).wrong == tuple(wrong)
    assert not play.stranger.tests.result(submissions[1], constant).is_passed
    for sibling, labels in enumerate((failed, constant)):
        with pytest.raises(errors.TooManyErrors, match="errors on known items is 5, must be at most 4"):
            scene.publish(sibling, submissions[sibling], labels)
    # And by the contract, whatever is shown to it.
    right = scene.labels(batch)
    with pytest.raises(errors.GoldWrongProof):
        play.annotator.unchecked.submissions.publish_graded(
            submissions[0],
            failed.root,
            uri=URI,
            salt=SALT,
            answers=answers_of(scene, right),
        )


def answers_of(scene: GradedTask, labels: LabelSet) -> bytes:
    """What another label set would prove."""
    gold = scene.requester.tests.opened(scene.task, scene.graded)
    items = sorted(gold.items)
    opened = b"".join((item - labels.items.start).to_bytes(2, "big") for item in gold.items)
    numbers = bytes(gold.items.index(item) for item in items)
    return encode(
        ["bytes", "bytes32[]", "bytes", "bytes32[]"], [opened, list(TERMS.digests), numbers, labels.multiproof(items)]
    )


def test_publish_graded__ungraded_task__refused(play: Play) -> None:
    submission = play.take(play.open(redundancy=2))
    labels = LabelSet(["a"] * 4)
    play.annotator.submissions.commit(submission, labels, uri=URI, salt=SALT)
    with pytest.raises(errors.TaskNotGraded):
        play.annotator.submissions.publish_graded(submission, labels, uri=URI, salt=SALT, answers=b"")


def test_publish__after_everything_is_over__too_late(play: Play, graded: Any) -> None:
    scene = graded()
    labels = scene.labels(scene.graded)
    (submission, _) = scene.seal(scene.graded)
    scene.open_gold()
    play.world.travel_to(scene.end_of_disputes())
    play.world.travel_to(play.annotator.tests.publish_until(submission))
    with pytest.raises(errors.TooLateToPublish):
        scene.publish(0, submission, labels)
    with pytest.raises(errors.TooLateToPublish):
        play.annotator.unchecked.submissions.publish_graded(submission, labels, uri=URI, salt=SALT)


# ---------------------------------------------------------------- disputes


def test_dispute__wrong_gold__dropped_and_paid(play: Play, graded: Any) -> None:
    scene = graded()
    batch = scene.graded
    pair = [scene.gold_of("benign")[0], scene.gold_of("malignant")[0]]
    labels = scene.labels(batch)
    submissions = scene.seal(batch)
    scene.open_gold(scene.swapped(*pair))
    assert play.annotator.tests.result(submissions[0], labels).wrong == tuple(sorted(pair))

    free = play.annotator.tests.ledger.free()
    told = play.annotator.tests.file_dispute(submissions[0], [pair[0]], uri="ipfs://evidence").result
    assert (told.gold_dispute, told.fee) == (gold_dispute_id(scene.task, batch, 0), 3 * 10**6)
    assert split_gold_dispute(told.gold_dispute) == (scene.task, batch, 0)
    assert play.stranger.tests.filing(told.gold_dispute) == told
    assert play.annotator.tests.ledger.free() == free - 6 * 10**6
    refused(errors.GoldAwaitingRuling, play.stranger, "settle", told.gold_dispute)
    play.world.travel_to(scene.end_of_disputes())
    with pytest.raises(errors.TestIsPending, match="and for 1 disputes to be settled"):
        scene.publish(0, submissions[0], labels)
    refused(errors.TestIsPending, play.stranger, "release_deposit", scene.task, batch)
    rule(play, told, 1)
    found = play.stranger.tests.dispute(told.gold_dispute)
    assert (found.state, found.ruling, found.disputer) == (
        types.GoldDisputeState.RULED,
        1,
        play.annotator.account,
    )
    settled = play.stranger.tests.settle(told.gold_dispute).result
    assert (settled.outcome, settled.to_disputer, settled.to_sink) == (Outcome.WRONG, 9 * 10**6, 0)
    refused(errors.GoldNotItsTurn, play.stranger, "settle", told.gold_dispute)
    gold = play.stranger.tests.opened(scene.task, batch)
    assert gold.dropped == (pair[0],) and pair[0] not in gold.tested and len(gold.tested) == 9
    result = play.stranger.tests.result(submissions[0], labels)
    assert (result.wrong, result.allowed) == ((pair[1],), 3)
    scene.publish(0, submissions[0], labels)
    scene.publish(1, submissions[1], labels)
    released = play.stranger.tests.release_deposit(scene.task, batch).result
    assert (released.to_requester, released.to_each_winner, released.to_sink) == (6 * 10**6, 0, 0)
    refused(errors.DepositAlreadyReleased, play.stranger, "release_deposit", scene.task, batch)
    # What was dropped may be challenged.
    assert play.challenge(submissions[0], [pair[0]]).result.indices == (pair[0],)


def test_dispute__more_than_a_tenth_wrong__the_batch_is_spared(play: Play, graded: Any) -> None:
    scene = graded()
    batch = scene.graded
    pair = [scene.gold_of("benign")[0], scene.gold_of("malignant")[0]]
    hopeless = scene.labels(batch, constant="benign")
    (_, submission) = scene.seal(batch, scene.labels(batch), hopeless)
    scene.open_gold(scene.swapped(*pair))
    # In any order: numbers are those of the gold list.
    told = scene.annotators[1].tests.file_dispute(submission, sorted(pair, reverse=True)).result
    late = play.annotator.tests.file_dispute(submission_id(scene.task, batch), pair).result
    rule(play, told, 1)
    assert play.stranger.tests.settle(told.gold_dispute).result.outcome == Outcome.WRONG
    assert play.stranger.tests.batch(scene.task, batch).phase == types.TestPhase.UNGRADED
    scene.publish(1, submission, hopeless)
    refused(errors.GoldDisputesPending, play.stranger, "release_deposit", scene.task, batch, said="1 of 2 are settled")
    refused(errors.TooLateToDispute, play.annotator, "file_dispute", submission_id(scene.task, batch), pair)
    rule(play, late, 1)
    # Right as well, and nothing was left to drop.
    assert play.stranger.tests.settle(late.gold_dispute).result.to_disputer == 6 * 10**6
    assert play.stranger.tests.release_deposit(scene.task, batch).result.to_each_winner == 3 * 10**6


def test_dispute__not_allowed__refused(play: Play, graded: Any) -> None:
    scene = graded()
    batch = scene.graded
    (submission, _) = scene.seal(batch)
    refused(errors.GoldNotOpened, play.annotator, "file_dispute", submission, [batch * 20])
    scene.open_gold()
    some = sorted(scene.gold)[:2]
    stranger = next(item for item in range(batch * 20, batch * 20 + 20) if item not in scene.gold)
    for error, items in (
        (errors.NoGoldDisputed, []),
        (errors.NoSuchGoldItem, [stranger]),
        (errors.GoldNumbersNotRising, [some[0], some[0]]),
    ):
        refused(error, play.annotator, "file_dispute", submission, items)
    refused(errors.NotTestedAnnotator, play.stranger, "file_dispute", submission, some, said=play.stranger.account)
    refused(errors.GoldCostAboveMaximum, play.annotator, "file_dispute", submission, some, max_cost=1)
    play.annotator.tests.ledger.withdraw()
    with pytest.raises(errors.BalanceTooLow):
        play.annotator.tests.file_dispute(submission, some)
    play.annotator.tests.ledger.deposit(PURSE)
    told = play.annotator.tests.file_dispute(submission, some).result
    refused(errors.AlreadyDisputed, play.annotator, "file_dispute", submission, some)
    refused(errors.NoSuchGoldDispute, play.stranger, "settle", told.gold_dispute + 1)
    with pytest.raises(errors.NoSuchGoldDispute):
        play.stranger.tests.filing(told.gold_dispute + 1)
    # Unruled for as long as the task waits: nobody is right, and nobody loses the bond.
    timeout = play.annotator.tasks.get(scene.task).parameters.arbitration_timeout
    play.world.travel(timeout)
    assert play.stranger.tests.settle(told.gold_dispute).result.outcome == Outcome.UNDECIDED
    refused(errors.TooLateToDispute, scene.annotators[1], "file_dispute", submission_id(scene.task, batch + 2), some)


def test_dispute__work_that_was_never_committed__refused(play: Play, graded: Any) -> None:
    scene = graded()
    batch = scene.graded
    scene.commit(0, scene.labels(batch))
    held = scene.annotators[1].submissions.take(scene.task, batch + 2).result.submission
    play.world.travel_to(scene.requester.tasks.get(scene.task).parameters.deadline)
    play.world.tester.mine_block()
    refused(errors.GoldNotOpened, play.stranger, "release_deposit", scene.task, batch)
    scene.open_gold()
    refused(errors.WorkNotCommitted, scene.annotators[1], "file_dispute", held, sorted(scene.gold)[:1], said="is taken")


def test_dispute__ruled_against__bond_lost(play: Play, graded: Any) -> None:
    scene = graded()
    (submission, _) = scene.seal(scene.graded)
    scene.open_gold()
    told = play.annotator.tests.file_dispute(submission, sorted(scene.gold)[:1]).result
    rule(play, told, 2)
    settled = play.stranger.tests.settle(told.gold_dispute).result
    assert (settled.outcome, settled.to_disputer, settled.to_sink) == (Outcome.NOT_WRONG, 0, 3 * 10**6)
