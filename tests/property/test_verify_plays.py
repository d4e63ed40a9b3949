"""Whatever people do: what the contracts pay is what the verification reckons."""

import boa
from hypothesis import given, settings
from hypothesis import strategies as st

from goldleaf.types import SubmissionState
from goldleaf_tools import verify
from tests.protocol import Protocol
from tests.recorded import recorded
from tests.unit.verify.plays import OUTCOMES, History, challenge, wait

ITEMS = st.sets(st.integers(0, 9), min_size=1, max_size=4).map(sorted)
ENDINGS = st.sampled_from([*(ending for ending in OUTCOMES if ending not in ("void", "undecided")), "withheld"])


@given(
    plays=st.lists(st.tuples(ENDINGS, ITEMS), min_size=1, max_size=5),
    tolerance=st.sampled_from([0, 1000, 2500, 5000]),
    stake=st.integers(999_983, 1_200_007),
)
@settings(max_examples=15, deadline=None)
def test_of_submission__any_challenges__follow_the_rules(
    plays: list[tuple[str, list[int]]], tolerance: int, stake: int
) -> None:
    with boa.env.anchor():
        protocol = Protocol()
        with recorded(protocol) as record:
            work = protocol.delivered(tolerance_bps=tolerance, stake=stake)
            challenges = []
            for ending, items in plays:
                # What was shown once cannot be asked for again.
                shown = protocol.escrow.shown(work.submission, 0) if ending in ("answered", "withheld") else 0
                if wanted := [item for item in items if not shown >> item & 1]:
                    challenges.append(challenge(protocol, work, ending, wanted))
            wait(protocol)
            for each in challenges:
                protocol.settle(each)
            if protocol.lens.submission(work.submission).state == SubmissionState.PUBLISHED:
                protocol.escrow.claim(work.submission)
        found = verify.of_submission(
            work.submission, record.logged, deployment=record.deployment, clock=record.times.__getitem__
        )
        assert list(found) == challenges
        assert all(result.holds for result in found.values()), [result.broken for result in found.values()]
        assert History(record).of(challenges[-1]).outcome is not None
