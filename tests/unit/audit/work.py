"""Units of work for a cluster's workers: they import it by name."""

from goldleaf_tools.audit.answers import Answers
from goldleaf_tools.audit.estimate import estimate


def judge(seed: int) -> list[float]:
    """Estimates a small task that follows from the seed; a negative one fails."""
    if seed < 0:
        raise ValueError("no such task")
    rows = [(f"a{a}", i, (i * 7 + a * (seed + 1) + (a * i) // 5) % 3) for a in range(4) for i in range(20)]
    answers = Answers.from_columns(
        annotator=[row[0] for row in rows], item=[(1, row[1]) for row in rows], label=[b"%d" % row[2] for row in rows]
    )
    return [float(value) for value in estimate(answers).p_wrong]
