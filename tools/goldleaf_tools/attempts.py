"""How often challenges were made before, which their next salts hang on."""

from collections import Counter

from goldleaf import Goldleaf
from goldleaf.errors import NoAccount
from goldleaf.events import Challenged
from goldleaf.ids import split_challenge


def attempts(client: Goldleaf) -> Counter[tuple[int, tuple[int, ...]]]:
    """How often the client's account has challenged just these items of a submission: those salts are public.

    The chain is asked, and no memory, which may be lost, or that of another machine: whoever sees a commitment with a
    salt that is public knows what it is for, and can be faster. Raises `NoAccount`.
    """
    if client.account is None:
        raise NoAccount
    events = [logged.event for logged in client.events.history(Challenged, challenger=client.account)]
    return Counter(
        (split_challenge(event.challenge)[0], tuple(event.indices)) for event in events if isinstance(event, Challenged)
    )
