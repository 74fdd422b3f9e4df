"""The page docs/workflows.md, written from the flows in the code."""

from hall import applications, lost_found, market, moderation, repairs, supervision, talk_reports
from hall.flow import FLOWS

# Who declares flows must have been imported, or the page would lack them.
DECLARED = (
    applications.flow,
    lost_found.flow,
    market.flow,
    moderation.flow,
    repairs.flow,
    supervision.flow,
    talk_reports.flow,
)
OWN = "those of the edition that a service had when somebody applied, with its further steps"
_HEAD = ["| step | from | who | to | recorded |", "|---|---|---|---|---|"]


def workflows_page() -> str:
    """The tables of all flows as a page: states, then a row a step, as flows.md has them."""
    parts = ["# Workflows", "Generated from the code by `python run.py workflows`; a test keeps it up to date."]
    for each in sorted(FLOWS.values(), key=lambda each: each.name):
        states = " · ".join(f"`{name}` {label}" for name, label in each.states.items())
        rows = [
            f"| {step.name} {step.label} | {', '.join(step.sources)} | {step.who} | {', '.join(step.targets) or '='} "
            f"| {step.recorded} |"
            for step in each.steps.values()
        ]
        parts += [f"## {each.label} `{each.name}`", f"States: {states or OWN}.", "\n".join([*_HEAD, *rows])]
    return "\n\n".join(parts) + "\n"
