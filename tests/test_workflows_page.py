"""docs/workflows.md says what the code does."""

from pathlib import Path

import pytest

from hall.flow import Flow
from hall.flow_page import DECLARED, workflows_page

PAGE = Path(__file__).parent.parent / "docs" / "workflows.md"


def test_the_page_is_the_generated_one() -> None:
    assert PAGE.read_text("utf-8") == workflows_page(), "run: python run.py workflows"


@pytest.mark.parametrize("flow", DECLARED, ids=lambda flow: flow.name)
def test_it_has_a_row_for_every_step_and_a_word_for_every_state(flow: Flow) -> None:
    table = workflows_page().partition(f"`{flow.name}`")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")][2:]
    assert [[cell.strip() for cell in row] for row in rows] == [
        [f"{name} {step.label}", ", ".join(step.sources), step.who, ", ".join(step.targets) or "=", step.recorded]
        for name, step in flow.steps.items()
    ]
    for state, label in flow.states.items():
        assert f"`{state}` {label}" in table
