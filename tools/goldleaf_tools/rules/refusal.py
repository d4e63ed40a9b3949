"""How a rule refuses a call."""


class RefusedError(Exception):
    """The call is refused; the state is as before."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def must(condition: bool, reason: str) -> None:
    """Raises `RefusedError` for this reason unless the condition holds."""
    if not condition:
        raise RefusedError(reason)
