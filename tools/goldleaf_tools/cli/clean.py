"""Text that others wrote, made harmless: chain, stores and files may hold anything, terminal codes too."""

LONGEST = 2000


def clean(text: object) -> str:
    """One line that a terminal shows as it is: what is not printable is written as an escape, and what is long is cut.

    So no text from outside moves the cursor, hides, turns around, or looks like a line of this program's own.
    """
    shown = str(text)
    if len(shown) > LONGEST:
        shown = shown[:LONGEST] + "…"
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in shown)
