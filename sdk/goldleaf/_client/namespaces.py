"""What a client can do, by subject. Each method is named here once; the flow that it runs documents it."""

from .._flows import (
    arbitrators,
    beacons,
    chain,
    challenges,
    court,
    gates,
    gold,
    ledger,
    relays,
    royalties,
    smart_accounts,
    submissions,
    tasks,
    wallets,
)
from .calls import Action, C_co, Namespace, Query


class Tasks(Namespace[C_co]):
    """Tasks: opening, cancelling, closing."""

    get = Query(tasks.get)
    count = Query(tasks.count)
    accepted_labels = Query(tasks.accepted_labels)
    sink = Query(tasks.sink)
    opening = Query(tasks.opening)
    open_slots = Query(tasks.open_slots)
    open = Action(tasks.open_task)
    cancel = Action(tasks.cancel)
    close = Action(tasks.close)


class Submissions(Namespace[C_co]):
    """Submissions: taking, delivering, being paid."""

    get = Query(submissions.get)
    items = Query(submissions.items)
    is_wrong = Query(submissions.is_wrong)
    is_shown = Query(submissions.is_shown)
    publication = Query(submissions.publication)
    pick_slots = Query(submissions.pick_slots)
    preview = Query(submissions.preview)
    take = Action(submissions.take)
    take_many = Action(submissions.take_many)
    release = Action(submissions.release)
    expire = Action(submissions.expire)
    commit = Action(submissions.commit)
    publish = Action(submissions.publish)
    publish_graded = Action(submissions.publish_graded)
    accept = Action(submissions.accept)
    claim = Action(submissions.claim)
    claim_many = Action(submissions.claim_many)


class Challenges(Namespace[C_co]):
    """Challenges of submissions: that labels are wrong (correctness), or cannot be read (availability)."""

    get = Query(challenges.get)
    filing = Query(challenges.filing)
    defence = Query(challenges.defence)
    committed_at = Query(challenges.committed_at)
    least_bond = Query(challenges.least_bond)
    unanswered = Query(challenges.unanswered)
    commit = Action(challenges.commit)
    file = Action(challenges.file)
    file_availability = Action(challenges.file_availability)
    concede = Action(challenges.concede)
    defend = Action(challenges.defend)
    answer = Action(challenges.answer)
    settle = Action(challenges.settle)
    settle_many = Action(challenges.settle_many)


class Account(Namespace[C_co]):
    """Free balances, and what goes in and comes out."""

    free = Query(ledger.free)
    wallet = Query(ledger.wallet)
    decimals = Query(ledger.decimals)
    symbol = Query(ledger.symbol)
    base_units = Query(ledger.base_units)
    permit = Query(ledger.permit)
    deposit = Action(ledger.deposit)
    deposit_with_permit = Action(ledger.deposit_with_permit)
    withdraw = Action(ledger.withdraw)


class Ledger(Account[C_co]):
    """Free balances: where stakes, bonds and fees come from, and every payout goes."""

    transfer = Action(ledger.transfer)


class Court(Namespace[C_co]):
    """The court: seats, disputes, votes, appeals; with a ledger of its own."""

    def __init__(self, client: C_co) -> None:
        super().__init__(client, ledger="Court")
        self.ledger = Ledger(client, ledger="Court")

    parameters = Query(court.parameters)
    arbitration_cost = Query(court.arbitration_cost)
    max_duration = Query(court.max_duration)
    seat_price = Query(court.seat_price)
    seat_penalty = Query(court.seat_penalty)
    appeal_cost = Query(court.appeal_cost)
    seat = Query(court.get_seat)
    held_seats = Query(court.held_seats)
    holders = Query(court.holders)
    seat_count = Query(court.seat_count)
    open_seats = Query(court.open_seats)
    listed_seats = Query(court.listed_seats)
    seat_at = Query(court.seat_at)
    seats_of = Query(court.seats_of)
    dispute = Query(court.get)
    dispute_count = Query(court.dispute_count)
    round = Query(court.get_round)
    ruling = Query(court.ruling)
    is_final = Query(court.is_final)
    commitment = Query(court.commitment)
    sealed_vote = Query(court.sealed_vote)
    queue = Query(court.queue)
    carried = Query(court.carried)
    join = Action(court.join)
    renew = Action(court.renew)
    ready = Action(court.ready)
    leave = Action(court.leave)
    dismiss = Action(court.dismiss)
    drand = Query(beacons.chain)
    armed_beacon = Query(beacons.armed)
    beacon = Query(beacons.shown)
    beacon_due = Query(beacons.due)
    show_beacon = Action(beacons.show)
    draw = Action(court.draw)
    drop = Action(court.drop)
    commit_vote = Action(court.commit_vote)
    reveal_vote = Action(court.reveal_vote)
    appeal = Action(court.appeal)
    execute = Action(court.execute)
    settle = Action(court.settle)


class Tests(Namespace[C_co]):
    """Tests of sealed labels on items whose answers the requester knows: the deployment's GoldTest, with its ledger.

    `goldleaf.testing` computes what to test, and lays known items into batches.
    """

    def __init__(self, client: C_co) -> None:
        super().__init__(client, ledger="GoldTest")
        self.ledger = Ledger(client, ledger="GoldTest")

    get = Query(gold.get)
    setting_up = Query(gold.setting_up)
    batch = Query(gold.batch)
    opened = Query(gold.opening)
    tested = Query(gold.tested)
    result = Query(gold.result)
    publish_until = Query(gold.publish_until)
    deposit = Query(gold.deposit)
    dispute = Query(gold.dispute)
    filing = Query(gold.filing)
    set_up = Action(gold.set_up)
    note_sealed = Action(gold.note_sealed)
    open_gold = Action(gold.open_gold)
    waive = Action(gold.waive)
    file_dispute = Action(gold.file_dispute)
    settle = Action(gold.settle)
    release_deposit = Action(gold.release_deposit)


class Arbitrators(Namespace[C_co]):
    """ERC-792 arbitrators, such as Kleros, behind their adapters: an alternative to the deployment's court."""

    terms = Query(arbitrators.terms)
    token = Query(arbitrators.token)
    arbitration_cost = Query(arbitrators.arbitration_cost)
    appeal_cost = Query(arbitrators.appeal_cost)
    case = Query(arbitrators.case)
    submit_evidence = Action(arbitrators.submit_evidence)
    appeal = Action(arbitrators.appeal)
    execute = Action(arbitrators.execute)


class Ether(Namespace[C_co]):
    """Ether as a token, in the account's wallet: what tasks before ERC-792 arbitrators are paid in."""

    wrap = Action(wallets.wrap)
    unwrap = Action(wallets.unwrap)


class SmartAccount(Namespace[C_co]):
    """The account's own code, where it has some: several calls as one transaction (ERC-7821, EIP-7702)."""

    code = Query(smart_accounts.code)
    can_batch = Query(smart_accounts.can_batch)
    execute = Action(smart_accounts.execute)


class Royalties(Namespace[C_co]):
    """Royalties: shares in finished data sets, what they earn, and licences; with a ledger of its own.

    Inside that ledger nothing is transferred: what is collected is withdrawn.
    """

    def __init__(self, client: C_co) -> None:
        super().__init__(client, ledger="RoyaltyPool")
        self.ledger = Account(client, ledger="RoyaltyPool")

    data_set = Query(royalties.data_set)
    shares = Query(royalties.shares)
    total = Query(royalties.total)
    collectable = Query(royalties.collectable)
    is_enrolled = Query(royalties.is_enrolled)
    unenrolled = Query(royalties.unenrolled)
    held = Query(royalties.held)
    offer = Query(royalties.offer)
    license = Query(royalties.license)
    license_count = Query(royalties.license_count)
    enroll = Action(royalties.enroll)
    pay = Action(royalties.pay)
    collect = Action(royalties.collect)
    collect_many = Action(royalties.collect_many)
    collect_requester_share = Action(royalties.collect_requester_share)
    set_price = Action(royalties.set_price)
    buy_license = Action(royalties.buy_license)
    allowance = Query(royalties.allowance)
    is_operator = Query(royalties.is_operator)
    transfer = Action(royalties.transfer)
    approve = Action(royalties.approve)
    set_operator = Action(royalties.set_operator)
    transfer_from = Action(royalties.transfer_from)


class Gates(Namespace[C_co]):
    """Gates: who may take a task or sit in a court. Credentials are signed without a node: `goldleaf.credentials`."""

    of_task = Query(tasks.gate)
    of_court = Query(court.gate)
    terms = Query(gates.terms)
    is_allowed = Query(gates.is_allowed)
    check = Query(gates.check)
    revoked = Query(gates.revoked)
    revoke = Action(gates.revoke)


class Relay(Namespace[C_co]):
    """The relay, for who sends what others have signed, and for who has signed; signing is `relayed` of each call."""

    is_used = Query(relays.is_used)
    free_nonce = Query(relays.free_nonce)
    request = Query(relays.request_for)
    execute = Action(relays.execute)
    cancel = Action(relays.cancel)


class Chain(Namespace[C_co]):
    """The chain itself: time, blocks, gas, and transactions by their hashes."""

    time = Query(chain.time)
    block = Query(chain.block)
    gas_price = Query(chain.gas_price)
    transaction = Query(chain.transaction)
    receipt = Query(chain.receipt)
