"""Evidence for jurors: one file with all that it takes to verify a challenge, without asking anybody.

A challenger builds a bundle, files its keccak-256 and URI with the challenge, and puts it into the store only then:
whoever read it there before could file the challenge first. A store names files by what they hold, so the URI is known.

    bundle = evidence.collect(client, reader, submission, [3, 7], claim="both show a cyst")
    data = bundle.to_bytes()
    client.challenges.file(submission, [3, 7], salt=salt, evidence=bundle.digest, uri=store.uri(data))
    store.put(data)

A juror checks it: `evidence.check(data)` needs no chain and says what only a chain can confirm; `evidence.check(data,
client)` asks it.

A dispute about the known answers of a test has such a file, too: `collect_gold` and `check_gold`.
"""

from .building import collect, gold_tree
from .bundle import Answer, Bundle, Exhibit, Gold, Sibling
from .checking import OnChain, Report, Statement, check, expect
from .fields import MAX_BYTES
from .gold import GoldBundle, GoldExhibit, check_gold, collect_gold, is_gold_bundle

__all__ = [
    "MAX_BYTES",
    "Answer",
    "Bundle",
    "Exhibit",
    "Gold",
    "GoldBundle",
    "GoldExhibit",
    "OnChain",
    "Report",
    "Sibling",
    "Statement",
    "check",
    "check_gold",
    "collect",
    "collect_gold",
    "expect",
    "gold_tree",
    "is_gold_bundle",
]
