"""What the hall keeps of one person: which tables, whose rows, and which columns they take away (`hall/my_data.py`)."""

from dataclasses import dataclass, field
from typing import Any

import peewee

from hall.words import N_
from models import (
    Answer,
    Application,
    Claim,
    Comment,
    ContactSettings,
    Conversation,
    DealRating,
    Delivery,
    Entity,
    Event,
    Favourite,
    Listing,
    Message,
    Notification,
    OrderFollower,
    Person,
    PropertyNotice,
    Rating,
    RepairOrder,
    Report,
    Reservation,
    SavedSearch,
    SavedView,
    SignIn,
    Support,
    Thread,
    ThreadFollower,
)


@dataclass(frozen=True, eq=False)
class Table:
    """One kind of rows: `owners` are the columns by which they are somebody's, `own` are labels that the entity lacks.

    Columns that point at other people are not among them.
    """

    name: str
    title: str
    model: type[Entity]
    owners: tuple[str, ...]
    columns: tuple[str, ...]
    own: dict[str, str] = field(default_factory=dict)

    def of(self, person: Person) -> Any:
        """The condition for the rows of `person`."""
        if self.model is Answer:
            return _answers_of(person)
        condition = None
        for name in self.owners:
            column = self.model._meta.fields[name]
            if getattr(column, "rel_model", Person) is RepairOrder:
                mine = column.in_(RepairOrder.select(RepairOrder.id).where(RepairOrder.reporter == person.id))
            else:
                mine = column == person.id
            condition = mine if condition is None else condition | mine
        return condition

    def labels(self) -> list[str]:
        """The heading of each column, a msgid."""
        return [self.own.get(name) or self.model._meta.fields[name].verbose_name for name in self.columns]


# The rows that answers hang on, by whose they are.
_ASKED = {RepairOrder: "reporter", Thread: "author", PropertyNotice: "author", Listing: "author"}
_ASKED |= {Application: "applicant"}


def _answers_of(person: Person) -> Any:
    """What `person` answered to the questions that operators added, whatever it was about."""
    condition: Any = peewee.SQL("1 = 0")
    for model, owner in _ASKED.items():
        mine = model.select(model.id).where(model._meta.fields[owner] == person.id)
        condition |= (Answer.subject_type == model._meta.table_name) & Answer.subject_id.in_(mine)
    return condition


def _table(name: str, title: str, model: type[Entity], owners: str, columns: str, **own: str) -> Table:
    """`owners` and `columns` with blanks between."""
    return Table(name, title, model, tuple(owners.split()), tuple(columns.split()), own)


TABLES = [
    _table("profile", N_("我的资料"), Person, "id", "number name kind department phone bed created"),
    _table(
        "contact",
        N_("通知方式"),
        ContactSettings,
        "person",
        "language email confirmed by_mail quiet_from quiet_until digest_at",
    ),
    _table("sign_ins", N_("登录记录"), SignIn, "person", "created last_seen ended address device"),
    _table(
        "repairs",
        N_("报修单"),
        RepairOrder,
        "reporter",
        "number created status building room_number spot item description phone wished_visits entry group visit_from "
        "visit_until respond_due finish_due responded finished inspected closed work_done",
    ),
    _table("ratings", N_("报修评价"), Rating, "order", "order speed quality manner text added created"),
    _table("followed_repairs", N_("关注的报修单"), OrderFollower, "person", "order"),
    _table(
        "threads",
        N_("监督帖"),
        Thread,
        "author",
        "number created kind title text shown_as phone moderation status department answered done score",
    ),
    _table("comments", N_("跟帖"), Comment, "author", "created text shown_as moderation"),
    _table("supports", N_("支持的帖子"), Support, "person", "thread"),
    _table("followed_threads", N_("关注的帖子"), ThreadFollower, "person", "thread"),
    _table(
        "notices",
        N_("失物招领"),
        PropertyNotice,
        "author",
        "number created kind title text item_kind building place happened tags question hidden_detail moderation "
        "status returned",
        hidden_detail=N_("不公开的特征"),
    ),
    _table(
        "claims",
        N_("认领"),
        Claim,
        "claimant",
        "notice created status answer proof reason decided",
        answer=N_("回答"),
        proof=N_("凭证"),
    ),
    _table(
        "listings",
        N_("二手物品"),
        Listing,
        "author",
        "number created title text category condition price_fen is_negotiable place moderation status sold",
    ),
    _table("reservations", N_("我的预订"), Reservation, "buyer", "listing created until result ended"),
    _table(
        "deal_ratings",
        N_("我写的交易评价"),
        DealRating,
        "rater",
        "listing score text created",
        score=N_("评分"),
        text=N_("评价内容"),
    ),
    _table("favourites", N_("收藏"), Favourite, "person", "listing"),
    _table(
        "applications",
        N_("服务申请"),
        Application,
        "applicant",
        "number created service status_name phase phone building room_number due ended",
    ),
    _table("answers", N_("附加回答"), Answer, "subject_id", "subject_type question value created"),
    _table("searches", N_("订阅的搜索"), SavedSearch, "person", "name category wanted created", wanted=N_("条件")),
    _table("views", N_("列表视图"), SavedView, "person", "subject_type name said is_shared"),
    _table("conversations", N_("对话"), Conversation, "owner starter", "id subject_type created latest", id=N_("编号")),
    _table("messages", N_("我发的消息"), Message, "author", "conversation created text", text=N_("内容")),
    _table("reports", N_("举报"), Report, "person", "subject_type code note created"),
    _table("notifications", N_("站内通知"), Notification, "person", "created text read"),
    _table("deliveries", N_("发送记录"), Delivery, "person", "created channel address subject status sent"),
    _table("steps", N_("我做过的事"), Event, "actor", "at label_text subject_type subject_id"),
]
