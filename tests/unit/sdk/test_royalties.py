"""Royalties: what each call refuses beforehand, and what comes of it."""

from decimal import Decimal

import pytest

from goldleaf import Goldleaf, License, Offer, errors, events, submission_id
from tests.in_process import DAY, TERMS, URI, Play, labels_for

PRICE = 1_000_000
OTHER_TERMS = b"\x02" * 32


def finished(play: Play, *, close: bool = True) -> int:
    """A task of three batches of 4, 4 and 2 labels, of which the annotator has delivered the first and the last.

    A tenth of what its data set earns is for those who labelled.
    """
    task = play.open(royalty_bps=1000)
    for slot in (0, 2):
        submission = play.take(task, slot)
        play.annotator.submissions.publish(submission, labels_for(play.annotator, submission), uri=URI)
        play.requester.submissions.accept(submission)
        play.annotator.submissions.claim(submission)
    if close:
        play.world.travel(11 * DAY)
        play.stranger.tasks.close(task)
    return task


@pytest.fixture
def task(play: Play) -> int:
    return play.world.reach("data set", lambda: finished(play))


@pytest.fixture
def enrolled(play: Play) -> int:
    def steps() -> int:
        task = finished(play)
        play.annotator.royalties.enroll()
        play.stranger.royalties.ledger.deposit(10 * PRICE)
        return task

    return play.world.reach("enrolled data set", steps)


def test_enroll__without_submissions__all_that_can_be(play: Play, task: int) -> None:
    royalties = play.annotator.royalties
    mine = [submission_id(task, 0), submission_id(task, 2)]
    assert royalties.unenrolled() == mine
    assert royalties.held() == []
    sent = royalties.enroll()
    assert sent.result == tuple(events.Enrolled(submission, play.annotator.account) for submission in mine)
    # One annotator's shares are minted at once.
    [minted] = [event for event in sent.events if isinstance(event, events.Transfer)]
    assert (minted.receiver, minted.id, minted.amount) == (play.annotator.account, task, 6)
    assert royalties.shares(task) == royalties.total(task) == 6
    assert play.stranger.royalties.shares(task) == 0
    assert royalties.unenrolled() == []
    assert royalties.held() == [task]
    with pytest.raises(errors.NothingToEnroll):
        royalties.enroll()


def test_enroll__by_a_stranger__mints_to_the_annotator(play: Play, task: int) -> None:
    submission = submission_id(task, 2)
    assert not play.stranger.royalties.is_enrolled(submission)
    assert play.stranger.royalties.unenrolled(play.annotator.account) != []
    play.stranger.royalties.enroll([submission])
    assert play.stranger.royalties.shares(task, play.annotator.account) == 2
    assert play.stranger.royalties.is_enrolled(submission)
    with pytest.raises(errors.NothingToEnroll, match="has enrolled; submission .* is "):
        play.stranger.royalties.enroll([submission, submission_id(task, 1)])
    [event] = play.stranger.royalties.enroll([submission, submission_id(task, 1), submission_id(task, 0)]).result
    assert event.submission == submission_id(task, 0)


def test_enroll__before_the_task_is_closed__refused(play: Play) -> None:
    task = finished(play, close=False)
    assert play.annotator.royalties.unenrolled() == []
    with pytest.raises(errors.NothingToEnroll, match="is not closed"):
        play.annotator.royalties.enroll([submission_id(task, 0)])
    with pytest.raises(errors.NoSuchTask):
        play.annotator.royalties.enroll([submission_id(task + 1, 0)])


def test_pay__shares_earn__collected_and_withdrawn(play: Play, enrolled: int) -> None:
    task, payer, royalties = enrolled, play.stranger, play.annotator.royalties
    with pytest.raises(errors.NothingToCollect):
        royalties.collect(task)
    sent = payer.royalties.pay(task, Decimal("1"), memo="for a model")
    assert sent.result == events.Paid(task, payer.account, PRICE, "for a model")
    assert payer.royalties.ledger.free() == 9 * PRICE
    # A tenth, over the ten labels that the task asked for, is 10,000 each.
    data_set = royalties.data_set(task)
    assert (data_set.paid, data_set.per_share, data_set.parts, data_set.accepted) == (PRICE, 10_000, 10, 6)
    assert data_set.requester == play.requester.account
    assert royalties.collectable(task) == 60_000
    assert royalties.collect(task).result == events.Collected(task, play.annotator.account, 60_000)
    assert royalties.ledger.free() == 60_000 == royalties.ledger.withdraw().result.amount
    # Somebody else was faster.
    assert royalties._client.unchecked.royalties.collect(task).result is None
    share = play.stranger.royalties.collect_requester_share(task).result
    assert share == events.RequesterShareCollected(task, play.requester.account, PRICE - 60_000)
    with pytest.raises(errors.NothingToCollect):
        play.requester.royalties.collect_requester_share(task)


def test_pay__not_enough_or_not_closed__refused(play: Play, enrolled: int) -> None:
    with pytest.raises(errors.BalanceTooLow):
        play.stranger.royalties.pay(enrolled, 10 * PRICE + 1)
    with pytest.raises(errors.TaskNotClosed):
        play.stranger.royalties.pay(play.open(), 1)
    with pytest.raises(errors.TaskNotClosed):
        play.stranger.royalties.data_set(enrolled + 1)
    with pytest.raises(errors.NoSuchTask):
        play.stranger.royalties.pay(enrolled + 2, 1)
    with pytest.raises(errors.NobodyEnrolled):
        play.stranger.royalties.collectable(enrolled + 1)


def test_collect_many__without_tasks__wherever_there_is_something(play: Play, enrolled: int) -> None:
    other = finished(play)
    royalties = play.annotator.royalties
    royalties.enroll()
    assert royalties.held() == [enrolled, other]
    with pytest.raises(errors.NothingToCollect):
        royalties.collect_many()
    with pytest.raises(errors.NothingToCollect):
        royalties.collect_many([enrolled, other])
    play.stranger.royalties.pay(other, PRICE)
    simple = royalties.collect_many.transaction()
    assert simple.to_json() == royalties.collect_many.transaction([other]).to_json()
    play.stranger.royalties.pay(enrolled, PRICE)
    collected = play.stranger.royalties.collect_many(account=play.annotator.account).result
    assert [event.task for event in collected] == [enrolled, other]
    assert royalties.ledger.free() == 120_000


def test_transfer__settles_first__later_revenue_is_the_receiver_s(play: Play, enrolled: int) -> None:
    task, royalties, receiver = enrolled, play.annotator.royalties, str(play.requester.account)
    play.stranger.royalties.pay(task, PRICE)
    sent = royalties.transfer(task, 2, receiver)
    assert sent.result.amount == 2 and sent.result.receiver == receiver
    assert royalties.ledger.free() == 60_000
    play.stranger.royalties.pay(task, PRICE)
    assert royalties.collectable(task) == 40_000
    assert royalties.collectable(task, receiver) == 20_000
    assert play.requester.royalties.held() == [task]
    with pytest.raises(errors.TooFewShares):
        royalties.transfer(task, 5, receiver)
    with pytest.raises(errors.NobodyEnrolled):
        royalties.transfer(task + 1, 1, receiver)


def test_transfer_from__allowed_or_as_operator__else_refused(play: Play, enrolled: int) -> None:
    task, owner, spender = enrolled, str(play.annotator.account), play.stranger
    receiver = str(play.requester.account)
    with pytest.raises(errors.ShareAllowanceTooLow):
        spender.royalties.transfer_from(task, 1, owner, receiver)
    with pytest.raises(errors.ShareAllowanceTooLow):
        spender.unchecked.royalties.transfer_from(task, 1, owner, receiver)
    approved = play.annotator.royalties.approve(task, 3, str(spender.account)).result
    assert approved == events.Approval(owner, str(spender.account), task, 3)
    assert play.annotator.royalties.allowance(task, str(spender.account)) == 3
    moved = spender.royalties.transfer_from(task, 2, owner, receiver).result
    assert moved == events.Transfer(str(spender.account), owner, receiver, task, 2)
    assert spender.royalties.allowance(task, str(spender.account), owner) == 1
    with pytest.raises(errors.ShareAllowanceTooLow) as refused:
        spender.royalties.transfer_from(task, 2, owner, receiver)
    assert (refused.value.value, refused.value.bound) == (1, "at least 2")

    assert not play.annotator.royalties.is_operator(str(spender.account))
    assert play.annotator.royalties.set_operator(str(spender.account)).result.approved
    assert spender.royalties.is_operator(str(spender.account), owner)
    spender.royalties.transfer_from(task, 3, owner, receiver)
    with pytest.raises(errors.TooFewShares):
        spender.royalties.transfer_from(task, 2, owner, receiver)
    assert not play.annotator.royalties.set_operator(str(spender.account), False).result.approved
    assert not spender.royalties.is_operator(str(spender.account), owner)
    # Of one's own shares nobody has to be asked.
    play.requester.royalties.transfer_from(task, 5, receiver, owner)
    assert play.annotator.royalties.shares(task) == 6


def test_buy_license__as_offered__recorded(play: Play, enrolled: int) -> None:
    task, buyer = enrolled, play.stranger
    with pytest.raises(errors.NotForSale):
        buyer.royalties.buy_license(task)
    priced = play.requester.royalties.set_price(task, Decimal("1"), terms=TERMS).result
    assert priced == events.Priced(task, PRICE, TERMS)
    assert buyer.royalties.offer(task) == Offer(PRICE, TERMS)
    first = buyer.royalties.buy_license(task).result
    assert first == events.Licensed(task << 64, task, buyer.account, buyer.account, TERMS, PRICE)
    second = buyer.royalties.buy_license(
        task, licensee=play.annotator.account, terms=TERMS, max_price=Decimal("1")
    ).result
    assert second.licensee == play.annotator.account
    assert buyer.royalties.license_count(task) == 2
    found = buyer.royalties.license(second.license)
    assert found == License(play.annotator.account, TERMS, PRICE, found.time)
    assert play.annotator.royalties.collectable(task) == 120_000
    with pytest.raises(errors.NoSuchLicense):
        buyer.royalties.license(task << 64 | 2)


def test_buy_license__other_terms_or_dearer__refused(play: Play, enrolled: int) -> None:
    task, buyer = enrolled, play.stranger
    play.requester.royalties.set_price(task, PRICE, terms=TERMS)
    for refused, error in (
        ({"terms": OTHER_TERMS}, errors.OtherLicenseTerms),
        ({"max_price": PRICE - 1}, errors.PriceAboveMaximum),
    ):
        with pytest.raises(error):
            buyer.royalties.buy_license(task, **refused)
        with pytest.raises(error):
            buyer.unchecked.royalties.buy_license(task, **refused)
    poor = buyer.with_account(play.world.accounts[7])
    with pytest.raises(errors.BalanceTooLow):
        poor.royalties.buy_license(task)
    play.requester.royalties.set_price(task, 0)
    with pytest.raises(errors.NotForSale):
        buyer.royalties.buy_license(task, terms=TERMS, max_price=PRICE)


def test_set_price__by_somebody_else_or_too_early__refused(play: Play, enrolled: int) -> None:
    with pytest.raises(errors.NotDataSetRequester):
        play.annotator.royalties.set_price(enrolled, PRICE, terms=TERMS)
    with pytest.raises(errors.TaskNotClosed):
        play.requester.royalties.set_price(play.open(), PRICE, terms=TERMS)


def test_unchecked__calls_that_build_on_each_other__sent_as_a_batch(play: Play, enrolled: int) -> None:
    buyer = play.stranger
    batch = buyer.batch()
    batch.add(buyer.royalties.ledger.deposit, 5)
    batch.add(buyer.royalties.pay, enrolled, 5)
    names = [sent.name for sent in batch.send()]
    assert names == ["RoyaltyPool.deposit", "RoyaltyPool.pay"]


def test_ledger__of_the_pool__transfers_nothing(play: Play) -> None:
    assert not hasattr(play.annotator.royalties.ledger, "transfer")
    assert hasattr(play.annotator.ledger, "transfer")


def test_history__of_the_pool__decoded(play: Play, enrolled: int) -> None:
    found = list(play.stranger.events.history(events.Enrolled, annotator=str(play.annotator.account)))
    assert [logged.contract for logged in found] == ["RoyaltyPool"] * 2


def test_without_a_pool__in_the_deployment__says_so(play: Play) -> None:
    contracts = {name: where for name, where in play.world.deployment.contracts.items() if name != "RoyaltyPool"}
    deployment = type(play.world.deployment)(play.world.deployment.chain_id, 0, contracts)
    with pytest.raises(errors.DeploymentError):
        Goldleaf(play.world.web3, deployment).royalties.data_set(1)
