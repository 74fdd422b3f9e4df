"""docs/workflows.md says what the code does."""

from pathlib import Path

from hall import repairs
from hall.flow_page import workflows_page

PAGE = Path(__file__).parent.parent / "docs" / "workflows.md"


def test_the_page_is_the_generated_one() -> None:
    assert PAGE.read_text("utf-8") == workflows_page(), "run: python run.py workflows"


def test_it_has_a_row_for_every_step_and_a_word_for_every_state() -> None:
    page = workflows_page()
    for step in repairs.flow.steps.values():
        row = next(line for line in page.splitlines() if line.startswith(f"| {step.name} {step.label} |"))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1:4] == [", ".join(step.sources), step.who, ", ".join(step.targets) or "="]
    for state, label in repairs.flow.states.items():
        assert f"`{state}` {label}" in page
