# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title The line of rounds that wait for jurors, and the draw
@license AGPL-3.0-only
@dev The line is linked through the words of its cases. Only its head is armed: the list as long as it is then, and a
     ticket whose seed nobody knows yet, fix the panel whoever draws and whenever. A round that is dropped
     inside the line is passed over when it gets to the head.
"""

from ...interfaces import ICourt
from ...interfaces import IRandomness
from .. import ledger
from .. import reasons
from .. import require
from . import cases
from . import seats
from . import settings
from . import words

uses: cases
uses: ledger
uses: seats
uses: settings

# Heads that one call looks at.
MAX_STEPS: constant(uint256) = 8

# Line word
line: uint256


@internal
def _number() -> uint256:
    """
    @return The number of a new dispute.
    """
    line: words.Line = words._line(self.line)
    line.disputes += 1
    self.line = words._line_word(line)
    return line.disputes


@internal
def _enter(dispute: uint256, case: words.Case):
    """
    @dev Stores the case, whose round goes to the end of the line.
    """
    waiting: words.Case = case
    waiting.stage = words.WAITING
    waiting.clock = block.timestamp
    waiting.next = 0
    cases.cases[dispute] = words._case_word(waiting)

    line: words.Line = words._line(self.line)
    if line.head == 0:
        line.head = dispute
        line.tail = dispute
        self.line = words._line_word(line)
        # Departures are taken out by `draw`, at the cost of whoever pushes the line.
        if seats._departing() == 0 and self._has_seats_for(case.round):
            self._arm()
    else:
        self.line = words._line_word(self._append(line, dispute))


@internal
def _append(line: words.Line, dispute: uint256) -> words.Line:
    last: words.Case = words._case(cases.cases[line.tail])
    last.next = dispute
    cases.cases[line.tail] = words._case_word(last)
    longer: words.Line = line
    longer.tail = dispute
    return longer


@internal
def _remove_head():
    line: words.Line = words._line(self.line)
    if line.head == line.tail:
        line.head = 0
        line.tail = 0
    else:
        line.head = words._case(cases.cases[line.head]).next
    line.candidates = 0
    self.line = words._line_word(line)


@internal
def _arm():
    line: words.Line = words._line(self.line)
    ticket: uint256 = staticcall IRandomness(settings.RANDOMNESS).next_ticket()
    require.that(ticket <= words.MAX_TICKET, reasons.LINE_TICKET_TOO_LARGE)
    line.ticket = ticket
    line.candidates = seats._listed()
    self.line = words._line_word(line)
    log ICourt.Armed(dispute=line.head, ticket=ticket, candidates=line.candidates)


@internal
def _draw() -> uint256:
    """
    @return The dispute whose panel was drawn; 0 if the line was only moved on.
    """
    line: words.Line = words._line(self.line)
    drawn: uint256 = 0
    if line.candidates != 0:
        case: words.Case = words._case(cases.cases[line.head])
        if not self._is_overdue(case):
            seed: bytes32 = staticcall IRandomness(settings.RANDOMNESS).seed(line.ticket)
            if seed != empty(bytes32):
                self._draw_panel(line, case, seed)
                drawn = line.head
            else:
                lost: bool = staticcall IRandomness(settings.RANDOMNESS).is_lost(line.ticket)
                require.that(lost, reasons.LINE_SEED_NOT_KNOWN_YET)
        if drawn != 0:
            self._remove_head()
        else:
            self._disarm()
        self._advance()
    else:
        require.that(line.head != 0 or seats._departing() != 0, reasons.LINE_NOBODY_WAITS)
        require.that(self._advance(), reasons.LINE_TOO_FEW_SEATS)
    return drawn


@internal
def _draw_panel(line: words.Line, case: words.Case, seed: bytes32):
    """
    @dev The first steps of a Fisher-Yates shuffle of the list as it was when the head was armed, kept in
         memory: `places` have changed and hold `positions` instead of their own.
    """
    size: uint256 = words._panel_size(case.round)
    round_id: uint256 = words._round_id(line.head, case.round)
    own_seed: bytes32 = keccak256(abi_encode(seed, self, round_id))
    places: uint256[words.MAX_PANEL] = empty(uint256[words.MAX_PANEL])
    positions: uint256[words.MAX_PANEL] = empty(uint256[words.MAX_PANEL])
    panel: DynArray[uint256, words.MAX_PANEL] = []
    for i: uint256 in range(size, bound=words.MAX_PANEL):
        place: uint256 = i + convert(keccak256(abi_encode(own_seed, i)), uint256) % (line.candidates - i)
        picked: uint256 = place
        displaced: uint256 = i
        for j: uint256 in range(i, bound=words.MAX_PANEL):
            if places[j] == place:
                picked = positions[j]
            if places[j] == i:
                displaced = positions[j]
        places[i] = place
        positions[i] = displaced
        panel.append(seats.list[picked + 1])

    word: uint256 = 0
    for i: uint256 in range(size, bound=words.MAX_PANEL):
        word = words._with_panelist(word, i, panel[i], seats._reserve(panel[i]))
        if words._fills_word(i) or i + 1 == size:
            cases.panels[words._panel_id(round_id, i)] = word
            word = 0
    drawn: words.Case = case
    drawn.stage = words.VOTING
    drawn.clock = block.timestamp
    cases.cases[line.head] = words._case_word(drawn)
    log ICourt.Drawn(dispute=line.head, round=case.round, seed=seed, seats=panel)


@internal
def _drop(dispute: uint256):
    case: words.Case = words._case(cases.cases[dispute])
    require.that(case.stage == words.WAITING, reasons.LINE_DOES_NOT_WAIT)
    require.that(self._is_overdue(case), reasons.LINE_TOO_EARLY_TO_DROP)
    self._give_up(dispute, case)

    line: words.Line = words._line(self.line)
    if line.head == dispute:
        self._remove_head()
        self._advance()


@internal
def _advance() -> bool:
    """
    @dev Brings a round to the head that can be drawn, and arms it.
    @return Whether anything has changed.
    """
    changed: bool = False
    if seats._departing() != 0:
        changed = True
        seats._take_out_departures()
        if seats._departing() != 0:
            return changed
    for _: uint256 in range(MAX_STEPS):
        line: words.Line = words._line(self.line)
        head: uint256 = line.head
        if head == 0:
            break
        case: words.Case = words._case(cases.cases[head])
        if case.stage == words.WAITING and not self._is_overdue(case):
            if self._has_seats_for(case.round):
                self._arm()
                return True
            if head == line.tail:
                break
            # Its clock runs on, and smaller rounds need not wait for it.
            log ICourt.Postponed(dispute=head)
            line.head = case.next
            self.line = words._line_word(self._append(line, head))
        else:
            if case.stage == words.WAITING:
                self._give_up(head, case)
            self._remove_head()
        changed = True
    return changed


@internal
def _give_up(dispute: uint256, case: words.Case):
    """
    @dev The round has found no jurors in time. Without a first round there is no ruling; without an appeal the
         ruling that it attacked stands.
    """
    payer: address = cases.payers[words._round_id(dispute, case.round)]
    fee: uint256 = settings._round_fee(case.round)
    given_up: words.Case = case
    if case.round == 0:
        given_up.stage = words.NOT_HEARD
        log ICourt.NotHeard(dispute=dispute, refund_to=payer, fee=fee)
    else:
        given_up.stage = words.CLOSED
        given_up.round = case.round - 1
        given_up.votes = cases.filed_votes[words._round_id(dispute, given_up.round)]
        log ICourt.AppealDropped(dispute=dispute, payer=payer, round=case.round, fee=fee)
    cases.cases[dispute] = words._case_word(given_up)
    ledger._credit(settings.TOKEN, payer, fee)


@internal
def _disarm():
    line: words.Line = words._line(self.line)
    line.candidates = 0
    self.line = words._line_word(line)


@internal
@view
def _is_armed() -> bool:
    return words._line(self.line).candidates != 0


@internal
@view
def _is_overdue(case: words.Case) -> bool:
    return block.timestamp >= case.clock + settings.DRAW_TIMEOUT


@internal
@view
def _has_seats_for(round: uint256) -> bool:
    return seats._listed() >= words._panel_size(round)
