"""What is made once for a group of tests is made once a run: such tests go to one process."""

import pytest


@pytest.mark.xdist_group("together")
def test_groups_stay_together(request: pytest.FixtureRequest) -> None:
    is_one_of_several = hasattr(request.config, "workerinput")
    # xdist reads the group where it has written it before, at the end of the address of a test.
    assert request.node.nodeid.endswith("@together") or not is_one_of_several
