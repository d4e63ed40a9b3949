"""Reads off the chain what an account has to collect of the revenue of data sets."""

from collections import defaultdict
from collections.abc import Collection

from goldleaf import Goldleaf
from goldleaf.ids import split_submission

from .snapshot import Holding


def read_holdings(client: Goldleaf, account: str, opened: Collection[int]) -> list[Holding]:
    """What an account has in data sets: shares, labels that could be shares, and its part as a requester.

    `opened` are its closed tasks. Those of which it has nothing now are left out. Raises `NodeError`.
    """
    gl = client.royalties
    held, unenrolled = client.read(gl.held.ask(account), gl.unenrolled.ask(account))
    waiting: dict[int, list[int]] = defaultdict(list)
    for submission in unenrolled:
        waiting[split_submission(submission)[0]].append(submission)
    numbers = sorted({*held, *waiting, *opened})
    data_sets = dict(zip(numbers, gl.data_set.many(numbers), strict=True))
    shares = dict(zip(held, gl.shares.many((task, account) for task in held), strict=True))
    earned = dict(zip(held, gl.collectable.many((task, account) for task in held), strict=True))
    found = dict(zip(unenrolled, client.submissions.get.many(unenrolled), strict=True))
    holdings = [
        Holding(
            task,
            data_sets[task].token,
            shares=shares.get(task, 0),
            collectable=earned.get(task, 0),
            unenrolled=tuple(waiting[task]),
            after_enrolling=data_sets[task].per_share
            * sum(found[one].labels - found[one].errors for one in waiting[task]),
            requester_due=data_sets[task].requester_due if task in opened else 0,
        )
        for task in numbers
    ]
    return [one for one in holdings if one.shares or one.collectable or one.unenrolled or one.requester_due]
