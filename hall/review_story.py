"""What an author reads while a text of theirs is reviewed, or when it came back, whatever board it is on.

Sentences are (msgid, values), as in `progress`.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hall import clock
from hall.words import N_
from models import REASONS, Moderated, Submission

# Title and text by `stage`; a board writes its own over these.
REVIEW = {
    "pending": (N_("正在等待审核"), N_("审核员看过之后才会公开，承诺 %(due)s 前审完，结果会通知您。")),
    "pending_usual": (
        N_("正在等待审核"),
        N_("审核员看过之后才会公开，通常 %(usual)s内审完，最迟 %(due)s，结果会通知您。"),
    ),
    "pending_late": (N_("正在等待审核"), N_("比承诺的 %(due)s 晚了，很抱歉让您久等，审核员会尽快看。")),
    "pending_appeal": (N_("申诉已收到"), N_("由另一位审核员重新看，结果会通知您。")),
    "needs_changes": (N_("请修改后重新提交"), N_("原因：%(reason)s")),
    "rejected": (N_("没有通过审核"), N_("原因：%(reason)s。您可以申诉一次，由另一位审核员处理。")),
    "rejected_again": (N_("申诉后仍没有通过"), N_("原因：%(reason)s")),
    "hidden": (N_("已被屏蔽，现在只有您和工作人员能看到"), N_("原因：%(reason)s")),
    "withdrawn": (N_("您已撤回"), N_("它不再公开。")),
}


def stage(
    row: Moderated, waiting: Submission | None, decided: Submission | None, usual: timedelta | None = None
) -> str:
    """Where the review of `row`, which is not shown, stands: a key of REVIEW, or `private`.

    `waiting` is what waits of it, `decided` what was decided last, `usual` how long a review takes.
    """
    if row.moderation == "rejected":
        return "rejected_again" if decided is not None and decided.cause == "appeal" else "rejected"
    if row.moderation != "pending":
        return str(row.moderation)
    if waiting is not None and waiting.cause == "appeal":
        return "pending_appeal"
    if waiting is not None and waiting.due < clock.now():
        return "pending_late"
    return "pending_usual" if usual is not None else "pending"


def review_values(
    waiting: Submission | None, decided: Submission | None, usual: timedelta | None = None
) -> dict[str, Any]:
    """What the sentences of REVIEW are filled with: `due` (naive UTC or None), `usual` (whole hours), `reason`."""
    return {
        "due": waiting.due if waiting is not None else None,
        "usual": timedelta(hours=max(1, math.ceil(usual / timedelta(hours=1)))) if usual is not None else None,
        "reason": reason_of({"reason": decided.reason, "note": decided.note}) if decided is not None else (),
    }


def reason_of(details: Mapping[str, Any]) -> tuple[str, ...]:
    """Why, as a coded reason and what was written beside it, apart, because only a label can be translated."""
    said = details.get("reason", "")
    return tuple(part for part in (dict(REASONS).get(said, said), details.get("note", "")) if part)
