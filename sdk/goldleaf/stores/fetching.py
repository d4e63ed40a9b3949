"""Asking a host of the user's own for what no hash says beforehand."""


def fetch(url: str, *, limit: int, timeout: float) -> bytes:
    """What the host that the user has named answers at `url`, in at most `limit` bytes and `timeout` seconds.

    It is asked once, and no redirect is followed: the host may be private, and so may whatever it points to. Nothing
    says that the answer is right; that is left to the caller.

    Needs the extra `goldleaf[stores]`. Raises `MissingExtra`, `ContentMissing`, `ContentTooLarge`, `ForeignUri` if
    `url` is no http or https URL, `StoreUnreachable`.
    """
    from . import _http

    return _http.fetch(url, limit=limit, timeout=timeout)
