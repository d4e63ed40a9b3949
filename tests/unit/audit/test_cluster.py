"""Units of work, here and on a cluster."""

from distributed import LocalCluster

from goldleaf_tools.audit.cluster import run_all
from tests.unit.audit.work import judge


def test_run_all__two_workers__gives_what_one_process_gives_and_reports_failures() -> None:
    units = [0, -1, 1, 2]
    here = run_all(judge, units)
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        there = run_all(judge, units, cluster.scheduler_address)
    assert [done.unit for done in there] == units
    assert [done.result for done in there] == [done.result for done in here]
    assert [done.failed for done in there] == [done.failed for done in here] == [False, True, False, False]
    assert isinstance(there[1].error, ValueError) and str(there[1].error) == "no such task"
