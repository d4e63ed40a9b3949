# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Settlement of rounds: who is paid, who loses
@license AGPL-3.0-only
@dev The pot of a round is its fees and the penalties lost in it. Out of it comes first what an appeal against it cost, if
     that appeal was right; the rest goes to the seats that voted with the final ruling, in equal parts. With
     a plurality other than the final ruling at most 1 of 3 and 3 of 7 seats can have done so, so in juror fees
     the pot is at least 3 + 4*2 = 11 against 7 + 1, or 7 + 4*4 = 23 against 15 + 3: never short.
"""

from ...interfaces import ICourt
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

# Penalties of disputes in which nobody revealed, base units: they join the next round that pays anyone.
carried: uint256


@internal
def _settle(dispute: uint256):
    case: packing.Case = packing._unpack_case(cases.cases[dispute])
    require.that(cases._is_in(case, ICourt.Phase.FINAL), reasons.COURT_NOT_FINAL)
    require.that(case.settled_count <= case.round, reasons.COURT_ALL_ROUNDS_ARE_SETTLED)

    final: cases.Standing = cases._standing(dispute, case, case.round)
    round: uint256 = self._next_round(case, final)
    size: uint256 = packing._panel_size(round)
    votes: uint256 = cases._votes(dispute, case, round)

    # Who is paid and who is fined, by position.
    paid: uint256 = 0
    fined: uint256 = 0
    for i: uint256 in range(size, bound=packing.MAX_PANEL):
        vote: uint256 = packing._vote(votes, i)
        if final.heard and (vote != 0 if final.tied else vote == final.ruling + 1):
            paid = packing._with_position(paid, i)
        elif vote == 0 or not final.tied:
            fined = packing._with_position(fined, i)

    # All in juror fees until the shares are made.
    pot: uint256 = size + settings.PENALTY_FEES * packing._count(fined)
    refund: uint256 = 0
    payer: address = empty(address)
    if not final.heard:
        refund = size
        payer = cases._payer(dispute, round)
    elif round < case.round and not final.tied and cases._standing(dispute, case, round).ruling != final.ruling:
        refund = packing._panel_size(round + 1)
        payer = cases._payer(dispute, round + 1)
    pot -= refund

    share: uint256 = 0
    remainder: uint256 = 0
    if paid != 0:
        if round == final.deciding_round:
            pot += case.carried
        count: uint256 = packing._count(paid)
        amount: uint256 = pot * settings.JUROR_FEE + self.carried
        share = amount // count
        remainder = amount % count
        if self.carried != 0:
            self.carried = 0
    elif final.heard:
        case.carried += pot
    else:
        self.carried += pot * settings.JUROR_FEE

    case.settled_count += 1
    cases.cases[dispute] = packing._pack_case(case)
    ledger._credit(settings.TOKEN, payer, refund * settings.JUROR_FEE)
    self._pay(dispute, round, size, paid, fined, share, remainder)
    log ICourt.RoundSettled(
        dispute=dispute,
        round=round,
        paid=paid,
        fined=fined,
        share=share,
        remainder=remainder,
        refund=refund * settings.JUROR_FEE,
    )


@internal
def _pay(
    dispute: uint256, round: uint256, size: uint256, paid: uint256, fined: uint256, share: uint256, remainder: uint256
):
    extra: uint256 = remainder
    panel: uint256 = 0
    for i: uint256 in range(size, bound=packing.MAX_PANEL):
        if packing._begins_word(i):
            panel = cases._panel(dispute, round, i)
        holder: address = seats._release(packing._panelist(panel, i), packing._has_position(fined, i))
        if packing._has_position(paid, i):
            ledger._credit(settings.TOKEN, holder, share + extra)
            extra = 0


@internal
@pure
def _next_round(case: packing.Case, final: cases.Standing) -> uint256:
    """
    @dev From the first on, but the one that made the final ruling comes last: it receives what the others leave.
    """
    if not final.heard:
        return case.settled_count
    if case.settled_count == case.round:
        return final.deciding_round
    if case.settled_count < final.deciding_round:
        return case.settled_count
    return case.settled_count + 1
