"""What every test runs with."""

import os
from hashlib import sha256

import boa
import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.chains import CONTRACTS, ROOT

# Boa does not see that a module has changed which is imported by a module only.
sources = sha256(b"".join(path.read_bytes() for path in sorted(CONTRACTS.rglob("*.vy*"))))
boa.interpret.set_cache_dir(str(ROOT / ".cache" / "boa" / sources.hexdigest()[:16]))

# A first example may compile contracts, so no example has a deadline.
common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
# The same examples on every run, so that a change and nothing else turns a build red.
settings.register_profile("quick", derandomize=True, max_examples=50, stateful_step_count=40, **common)
settings.register_profile("deep", max_examples=2_000, stateful_step_count=200, print_blob=True, **common)
# A mutant is found by one failure; which one is the simplest does not matter, and nothing is kept of it.
settings.register_profile(
    "mutants", settings.get_profile("quick"), phases=[Phase.explicit, Phase.generate], database=None
)
settings.load_profile(os.environ.get("GOLDLEAF_PROFILE", "quick"))


@pytest.fixture(autouse=True)
def _traces_of_this_test() -> None:
    """Boa shows the storage of a contract that reverts, and fails over traces of one that had its address before."""
    boa.env.sstore_trace.clear()
    boa.env.sha3_trace.clear()
