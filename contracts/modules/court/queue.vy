# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title The queue of rounds that wait for jurors, and the draw
@license AGPL-3.0-only
@dev The queue is linked through the words of its cases. Only its head is armed: the list as long as it is then, and a
     ticket whose seed nobody knows yet, fix the panel whoever draws and whenever. A round that is dropped
     inside the queue is passed over when it gets to the head.
"""

from ...interfaces import ICourt
from ...interfaces import IRandomness
from .. import ledger
from .. import reasons
from .. import require
from . import cases
from . import seats
from . import settings
from . import packing

uses: cases
uses: ledger
uses: seats
uses: settings

# Heads that one call looks at.
MAX_STEPS: constant(uint256) = 8

# Queue word, see `packing`
queue: uint256


@internal
def _number(arbitrable: address) -> (uint256, uint256):
    """
    @return The number of a new dispute, and that of its arbitrable.
    """
    queue: packing.Queue = packing._unpack_queue(self.queue)
    queue.disputes += 1
    number: uint256 = cases.arbitrable_numbers[arbitrable]
    if number == 0:
        queue.arbitrables += 1
        number = queue.arbitrables
        cases.arbitrable_numbers[arbitrable] = number
        cases.arbitrables[number] = arbitrable
    self.queue = packing._pack_queue(queue)
    return queue.disputes, number


@internal
def _enter(dispute: uint256, case: packing.Case):
    """
    @dev Stores the case, whose round goes to the end of the queue.
    """
    waiting: packing.Case = case
    waiting.stage = packing.WAITING
    waiting.since = block.timestamp
    waiting.next = 0
    cases.cases[dispute] = packing._pack_case(waiting)

    queue: packing.Queue = packing._unpack_queue(self.queue)
    if queue.head == 0:
        queue.head = dispute
        queue.tail = dispute
        self.queue = packing._pack_queue(queue)
        # Departures are taken out by `draw`, at the cost of whoever pushes the queue.
        if not seats._has_departures() and self._has_seats_for(case.round):
            self._arm()
    else:
        self.queue = packing._pack_queue(self._append(queue, dispute))


@internal
def _append(queue: packing.Queue, dispute: uint256) -> packing.Queue:
    last: packing.Case = packing._unpack_case(cases.cases[queue.tail])
    last.next = dispute
    cases.cases[queue.tail] = packing._pack_case(last)
    longer: packing.Queue = queue
    longer.tail = dispute
    return longer


@internal
def _remove_head():
    queue: packing.Queue = packing._unpack_queue(self.queue)
    if queue.head == queue.tail:
        queue.head = 0
        queue.tail = 0
    else:
        queue.head = packing._unpack_case(cases.cases[queue.head]).next
    queue.candidates = 0
    self.queue = packing._pack_queue(queue)


@internal
def _arm():
    queue: packing.Queue = packing._unpack_queue(self.queue)
    ticket: uint256 = staticcall IRandomness(settings.RANDOMNESS).next_ticket()
    require.that(ticket <= packing.MAX_TICKET, reasons.QUEUE_TICKET_TOO_LARGE)
    queue.ticket = ticket
    queue.candidates = seats._listed()
    self.queue = packing._pack_queue(queue)
    log ICourt.Armed(dispute=queue.head, ticket=ticket, candidates=queue.candidates)


@internal
def _draw() -> uint256:
    """
    @return The dispute whose panel was drawn; 0 if the queue was only moved on.
    """
    queue: packing.Queue = packing._unpack_queue(self.queue)
    drawn: uint256 = 0
    if queue.candidates != 0:
        case: packing.Case = packing._unpack_case(cases.cases[queue.head])
        if not self._is_overdue(case):
            seed: bytes32 = staticcall IRandomness(settings.RANDOMNESS).seed(queue.ticket)
            if seed != empty(bytes32):
                self._draw_panel(queue, case, seed)
                drawn = queue.head
            else:
                lost: bool = staticcall IRandomness(settings.RANDOMNESS).is_lost(queue.ticket)
                require.that(lost, reasons.QUEUE_SEED_NOT_KNOWN_YET)
        if drawn != 0:
            self._remove_head()
        else:
            self._disarm()
        self._advance()
    else:
        require.that(queue.head != 0 or seats._has_departures(), reasons.QUEUE_NOBODY_WAITS)
        require.that(self._advance(), reasons.QUEUE_TOO_FEW_SEATS)
    return drawn


@internal
def _draw_panel(queue: packing.Queue, case: packing.Case, seed: bytes32):
    """
    @dev The first steps of a Fisher-Yates shuffle of the list as it was when the head was armed, kept in
         memory: `places` have changed and hold `positions` instead of their own.
    """
    size: uint256 = packing._panel_size(case.round)
    round_id: uint256 = packing._round_id(queue.head, case.round)
    own_seed: bytes32 = keccak256(abi_encode(seed, self, round_id))
    places: uint256[packing.MAX_PANEL] = empty(uint256[packing.MAX_PANEL])
    positions: uint256[packing.MAX_PANEL] = empty(uint256[packing.MAX_PANEL])
    panel: DynArray[uint256, packing.MAX_PANEL] = []
    for i: uint256 in range(size, bound=packing.MAX_PANEL):
        place: uint256 = i + convert(keccak256(abi_encode(own_seed, i)), uint256) % (queue.candidates - i)
        picked: uint256 = place
        displaced: uint256 = i
        for j: uint256 in range(i, bound=packing.MAX_PANEL):
            if places[j] == place:
                picked = positions[j]
            if places[j] == i:
                displaced = positions[j]
        places[i] = place
        positions[i] = displaced
        panel.append(seats.list[picked + 1])

    word: uint256 = 0
    for i: uint256 in range(size, bound=packing.MAX_PANEL):
        word = packing._with_panelist(word, i, panel[i], seats._reserve(panel[i]))
        if case.round != 0 and (packing._fills_word(i) or i + 1 == size):
            cases.panels[packing._panel_id(round_id, i)] = word
            word = 0
    if case.round == 0:
        cases.rounds[round_id] = packing._pack_round(cases._payer(queue.head, 0), word)
    drawn: packing.Case = case
    drawn.stage = packing.VOTING
    drawn.since = block.timestamp
    cases.cases[queue.head] = packing._pack_case(drawn)
    log ICourt.Drawn(dispute=queue.head, round=case.round, seed=seed, seats=panel)


@internal
def _drop(dispute: uint256):
    case: packing.Case = packing._unpack_case(cases.cases[dispute])
    require.that(case.stage == packing.WAITING, reasons.QUEUE_DOES_NOT_WAIT)
    require.that(self._is_overdue(case), reasons.QUEUE_TOO_EARLY_TO_DROP)
    self._give_up(dispute, case)

    queue: packing.Queue = packing._unpack_queue(self.queue)
    if queue.head == dispute:
        self._remove_head()
        self._advance()


@internal
def _advance() -> bool:
    """
    @dev Brings a round to the head that can be drawn, and arms it.
    @return Whether anything has changed.
    """
    changed: bool = False
    if seats._has_departures():
        changed = True
        seats._take_out_departures()
        if seats._has_departures():
            return changed
    for _: uint256 in range(MAX_STEPS):
        queue: packing.Queue = packing._unpack_queue(self.queue)
        head: uint256 = queue.head
        if head == 0:
            break
        case: packing.Case = packing._unpack_case(cases.cases[head])
        if case.stage == packing.WAITING and not self._is_overdue(case):
            if self._has_seats_for(case.round):
                self._arm()
                return True
            if head == queue.tail:
                break
            # Its clock runs on, and smaller rounds need not wait for it.
            log ICourt.Postponed(dispute=head)
            queue.head = case.next
            self.queue = packing._pack_queue(self._append(queue, head))
        else:
            if case.stage == packing.WAITING:
                self._give_up(head, case)
            self._remove_head()
        changed = True
    return changed


@internal
def _give_up(dispute: uint256, case: packing.Case):
    """
    @dev The round has found no jurors in time. Without a first round there is no ruling; without an appeal the
         ruling that it attacked stands.
    """
    payer: address = empty(address)
    attacked: uint256 = 0
    payer, attacked = packing._unpack_round(cases.rounds[packing._round_id(dispute, case.round)])
    fee: uint256 = settings._round_fee(case.round)
    given_up: packing.Case = case
    if case.round == 0:
        given_up.stage = packing.NOT_HEARD
        log ICourt.NotHeard(dispute=dispute, refund_to=payer, fee=fee)
    else:
        given_up.stage = packing.CLOSED
        given_up.round = case.round - 1
        given_up.votes = attacked
        log ICourt.AppealDropped(dispute=dispute, payer=payer, round=case.round, fee=fee)
    cases.cases[dispute] = packing._pack_case(given_up)
    ledger._credit(settings.TOKEN, payer, fee)


@internal
def _disarm():
    queue: packing.Queue = packing._unpack_queue(self.queue)
    queue.candidates = 0
    self.queue = packing._pack_queue(queue)


@internal
@view
def _is_overdue(case: packing.Case) -> bool:
    return block.timestamp >= case.since + settings.DRAW_TIMEOUT


@internal
@view
def _has_seats_for(round: uint256) -> bool:
    return seats._listed() >= packing._panel_size(round)
