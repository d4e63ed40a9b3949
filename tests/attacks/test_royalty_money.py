"""Attacks on revenue: through dust, order, size, tokens that misbehave, and licences."""

from eth_utils import keccak

from tests.protocol import Work, deposit, reverts
from tests.royalty import TERMS, Royalties

PAID = 10**6
PRICE = 10**6


def setting(**settings: str) -> tuple[Royalties, list[Work]]:
    """Of 40 labels asked for, 20 accepted, all enrolled."""
    royalties = Royalties(**settings)
    works = royalties.finished(batches=1)
    royalties.pool.enroll([work.submission for work in works])
    return royalties, works


def test_revenue_before_close__while_labels_may_still_be_accepted__is_refused() -> None:
    royalties = Royalties()
    task = royalties.open()
    works = royalties.deliver(task)
    payer = royalties.account()
    royalties.provide_in_pool(payer, PAID)
    for work in works:
        royalties.pass_window(work)
        royalties.escrow.claim(work.submission)
    with reverts("royalty: task is not closed"):
        royalties.pool.pay(task, PAID, "", sender=payer)
    assert royalties.pool.enroll([works[0].submission]) == 0
    assert royalties.pool.balanceOf(works[0].annotator, task) == 0
    royalties.travel_to(royalties.parameters_of(task).deadline)
    with reverts("royalty: task is not closed"):
        royalties.pool.pay(task, PAID, "", sender=payer)
    royalties.escrow.close(task)
    royalties.pool.pay(task, PAID, "", sender=payer)


def test_dust_farming__by_payments_below_a_unit_per_share__gains_nobody_a_unit() -> None:
    """A payment of 399 has a royalty of 39, less than one for each of 40 labels: it is kept for the next."""
    royalties, works = setting()
    task = works[0].task
    for _ in range(20):
        royalties.pay(task, 399)
        royalties.pool.collect_requester_share(task)
        for work in works:
            royalties.pool.collect(task, work.annotator)
    at_once, others = setting()
    at_once.pay(others[0].task, 20 * 399)
    at_once.pool.collect_requester_share(others[0].task)
    for work in others:
        at_once.pool.collect(others[0].task, work.annotator)
    each = 20 * 399 // 10 // 40
    assert [royalties.earned(work.annotator) for work in works] == [10 * each, 10 * each]
    assert [at_once.earned(work.annotator) for work in others] == [10 * each, 10 * each]
    assert royalties.earned(royalties.requester) == at_once.earned(at_once.requester)
    royalties.assert_pool_conserved(task)


def test_dust_farming__by_transfers_of_single_shares__gains_nobody_a_unit() -> None:
    royalties, works = setting()
    task, holder, other = works[0].task, works[0].annotator, royalties.account()
    for _ in range(5):
        royalties.pay(task, 401)
        royalties.pool.transfer(other, task, 1, sender=holder)
        royalties.pool.transfer(holder, task, 1, sender=other)
    royalties.pool.collect(task, holder)
    each = royalties.pool.data_set(task).per_share
    assert (royalties.earned(holder), royalties.earned(other)) == (10 * each, 0)
    royalties.assert_pool_conserved(task)


def test_overflow_by_a_huge_payment__of_a_worthless_token__is_refused() -> None:
    royalties, works = setting()
    task, payer = works[0].task, royalties.account()
    royalties.pay(task, PAID)
    for _ in range(4):
        deposit(royalties.token, royalties.pool, payer, 2**128 - 1)
    for amount in (2**255, 2**128, 2**128 - PAID):
        with reverts("revenue: too much in all"):
            royalties.pool.pay(task, amount, "", sender=payer)
    royalties.pool.pay(task, 2**128 - 1 - PAID, "", sender=payer)
    for work in works:
        royalties.pool.transfer(royalties.account(), task, 5, sender=work.annotator)
    royalties.pool.collect_requester_share(task)
    each = (2**128 - 1) // 10 // 40
    assert [royalties.earned(work.annotator) for work in works] == [10 * each, 10 * each]
    royalties.assert_pool_conserved(task)


def test_one_set_s_revenue__of_a_worthless_token__pays_for_no_other() -> None:
    """Each task is paid in its own token, from the payer's balance of that very token."""
    royalties, works = setting()
    payer, fake = royalties.account(), royalties.chain.deploy("mocks/TokenMock", 6)
    fake.mint(payer, PAID)
    fake.approve(royalties.pool, PAID, sender=payer)
    royalties.pool.deposit(fake, PAID, payer, sender=payer)
    with reverts("ledger: balance too low"):
        royalties.pool.pay(works[0].task, PAID, "", sender=payer)


def test_a_blacklisted_holder__of_shares__holds_up_nobody() -> None:
    royalties, works = setting(token="BlacklistToken")
    task, holder, other = works[0].task, works[0].annotator, works[1].annotator
    royalties.token.set_blacklisted(holder, True)
    royalties.token.set_blacklisted(royalties.requester, True)
    royalties.pay(task, PAID)
    royalties.pool.collect_requester_share(task)
    for account in (holder, other):
        royalties.pool.collect(task, account)
    royalties.pool.withdraw(royalties.token, royalties.earned(other), other, sender=other)
    with reverts("blacklisted"):
        royalties.pool.withdraw(royalties.token, 1, holder, sender=holder)
    # The credit stands, and may be paid to another address.
    friend = royalties.account()
    royalties.pool.withdraw(royalties.token, royalties.earned(holder), friend, sender=holder)
    royalties.assert_pool_conserved(task)


def test_a_token_that_lies__about_a_transfer__lies_to_its_payer_alone() -> None:
    royalties, works = setting(token="FalseToken")
    task, payer = works[0].task, royalties.account()
    royalties.pay(task, PAID)
    royalties.token.mint(payer, PAID)
    royalties.token.approve(royalties.pool, PAID, sender=payer)
    royalties.token.set_refusing(True)
    with reverts("ledger: transferFrom refused"):
        royalties.pool.deposit(royalties.token, PAID, payer, sender=payer)
    royalties.pool.collect(task, works[0].annotator)
    with reverts("ledger: transfer refused"):
        royalties.pool.withdraw(royalties.token, 1, payer, sender=works[0].annotator)
    royalties.assert_pool_conserved(task)


def test_requester_gone__with_the_key_lost__changes_nothing_for_holders() -> None:
    royalties, works = setting()
    task = works[0].task
    royalties.offer(task, PRICE)
    # From here on the requester never acts.
    royalties.pay(task, PAID)
    buyer = royalties.account()
    royalties.provide_in_pool(buyer, PRICE)
    royalties.pool.buy_license(task, buyer, TERMS, PRICE, sender=buyer)
    each = (PAID + PRICE) // 10 // 40
    for work in works:
        assert royalties.pool.collect(task, work.annotator) == 10 * each
    royalties.assert_pool_conserved(task)


def test_price_change_front_run__of_price_or_terms__takes_no_more_than_was_agreed() -> None:
    royalties, works = setting()
    task, buyer = works[0].task, royalties.account()
    royalties.provide_in_pool(buyer, 10 * PRICE)
    royalties.offer(task, PRICE)
    royalties.offer(task, PRICE + 1)
    with reverts("licenses: price above maximum"):
        royalties.pool.buy_license(task, buyer, TERMS, PRICE, sender=buyer)
    royalties.offer(task, PRICE, keccak(b"worse terms"))
    with reverts("licenses: other terms"):
        royalties.pool.buy_license(task, buyer, TERMS, PRICE, sender=buyer)
    assert royalties.earned(buyer) == 10 * PRICE
    assert royalties.pool.license_count(task) == 0


def test_licence_for_zero__where_nothing_is_on_offer__is_refused() -> None:
    royalties, works = setting()
    task, buyer = works[0].task, royalties.account()
    with reverts("licenses: not for sale"):
        royalties.pool.buy_license(task, buyer, bytes(32), 0, sender=buyer)
    royalties.offer(task, PRICE)
    royalties.offer(task, 0)
    with reverts("licenses: not for sale"):
        royalties.pool.buy_license(task, buyer, TERMS, 0, sender=buyer)


def test_licence_forged__by_a_number_not_sold__has_no_licensee() -> None:
    royalties, works = setting()
    task, buyer = works[0].task, royalties.account()
    royalties.provide_in_pool(buyer, PRICE)
    royalties.offer(task, PRICE)
    royalties.pool.buy_license(task, buyer, TERMS, PRICE, sender=buyer)
    for forged in (task << 64 | 1, (task + 1) << 64, task, 0):
        assert int(royalties.pool.license(forged).licensee, 16) == 0


def test_royalty_evasion__by_a_requester_who_buys_from_themselves__still_pays_the_shares() -> None:
    royalties, works = setting()
    task = works[0].task
    royalties.offer(task, PRICE)
    royalties.provide_in_pool(royalties.requester, PRICE)
    royalties.pool.buy_license(task, royalties.requester, TERMS, PRICE, sender=royalties.requester)
    assert royalties.pool.collect(task, works[0].annotator) == 10 * (PRICE // 10 // 40)
    royalties.assert_pool_conserved(task)
