"""Every entity of the hall: columns, relations, indexes, labels, choices, one-line predicates. No verbs.

Times are naive UTC; money is whole 分 in columns that end in `_fen`. The panel is generated from what
a class says of itself (docs/adding-an-entity.md): `label` and `area` place it in the side navigation,
`search` names the columns that a search looks into, `columns` those of its list, `frozen` forbids
every change by hand, `promise` names the moment by which the hall owes something, by which queues are sorted,
`private` the columns that are shown masked to whom the panel does not trust with them, `groups` the sections of its
form where the generated ones are not good enough (admin/sections.py).
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from peewee import (
    BooleanField,
    CharField,
    Check,
    DatabaseProxy,
    DateField,
    DateTimeField,
    DecimalField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
    TimeField,
)

database = DatabaseProxy()

DISPATCH_CENTRE = "DD"

PERSON_KINDS = [("student", "学生"), ("staff", "教职工"), ("worker", "维修工")]
CALENDAR_KINDS = [
    ("term", "学期"),
    ("vacation", "寒暑假"),
    ("holiday", "节假日"),
    ("workday", "调休上班"),
    ("closure", "楼宇关闭"),
    ("graduation", "毕业季"),
]
SEASONS = [("term", "学期"), ("vacation", "寒暑假")]
WEEKDAYS = [(1, "周一"), (2, "周二"), (3, "周三"), (4, "周四"), (5, "周五"), (6, "周六"), (7, "周日")]
PRIORITIES = [("普通", "普通"), ("加急", "加急"), ("紧急", "紧急")]
URGENT = "紧急"
CHANNELS = [
    ("web", "网站"),
    ("quick", "快速报修"),
    ("qr", "扫码报修"),
    ("phone", "电话报修"),
    ("follow_up", "回访转单"),
]
ENTRY_CHOICES = [
    ("knock", "请先敲门，家里有人"),
    ("enter", "无人时可以进屋维修"),
    ("escort", "无人时可由宿管陪同进屋"),
]
HOLD_REASONS = [
    ("materials", "待料"),
    ("absent", "未遇"),
    ("contractor", "外委"),
    ("approval", "待批价"),
]
DECLINE_REASONS = [
    ("not_ours", "不属于后勤维修范围"),
    ("not_found", "现场未发现故障"),
    ("duplicate", "重复报修"),
    ("warranty", "在保修期内，由供应商负责"),
    ("abuse", "内容不实"),
]
PAYERS = [("university", "学校"), ("department", "单位"), ("personal", "个人"), ("responsible", "责任人")]
LINE_KINDS = [("labour", "人工"), ("material", "材料"), ("price", "价目表")]
FOLLOW_UP_METHODS = [("phone", "电话"), ("visit", "上门"), ("online", "线上")]
FOLLOW_UP_RESULTS = [("satisfied", "满意"), ("neutral", "基本满意"), ("dissatisfied", "不满意")]
REPAIR_STATES = [
    ("awaiting_review", "待审核"),
    ("reported", "待受理"),
    ("returned", "已退回"),
    ("accepted", "已受理"),
    ("dispatched", "已派工"),
    ("repairing", "维修中"),
    ("on_hold", "挂起"),
    ("finished", "待验收"),
    ("inspected", "待决算"),
    ("settled", "已决算"),
    ("closed", "已结单"),
    ("declined", "不予受理"),
    ("withdrawn", "已撤销"),
    ("merged", "已并单"),
]
MODERATION_STATES = [
    ("pending", "待审核"),
    ("published", "公开"),
    ("private", "仅本人与部门"),
    ("needs_changes", "待修改"),
    ("rejected", "驳回"),
    ("hidden", "屏蔽"),
    ("withdrawn", "撤回"),
]
SUBMISSION_CAUSES = [("first", "新提交"), ("edit", "修改"), ("appeal", "申诉"), ("report", "举报"), ("staff", "巡查")]
SUBMISSION_STATES = [("waiting", "等待审核"), ("decided", "已决定"), ("taken_back", "作者收回")]
DECISIONS = [
    ("publish", "通过"),
    ("keep_private", "不公开"),
    ("send_back", "退回修改"),
    ("reject", "驳回"),
    ("keep", "维持公开"),
    ("hide", "屏蔽"),
    ("restore", "恢复"),
]
# Why something is not shown: the author reads it, the public log counts it.
REASONS = [
    ("abuse", "辱骂或人身攻击"),
    ("privacy", "泄露个人信息"),
    ("untrue", "内容不实"),
    ("advert", "广告或引流"),
    ("illegal", "违法违规"),
    ("off_topic", "与后勤服务无关"),
    ("duplicate", "重复发布"),
    ("unclear", "说得不够清楚"),
    ("other", "其他"),
]
RISKS = [(0, "普通"), (1, "个人信息"), (2, "敏感词"), (3, "警报")]
WORD_ACTIONS = [("hold", "送审"), ("mask", "遮盖"), ("refuse", "拒绝"), ("alert", "警报")]
SHOWN_AS = [("name", "显示我的姓名"), ("role", "只显示“一位同学”或“一位教职工”"), ("private", "只给我和部门看，不公开")]
THREAD_KINDS = [("suggestion", "建议"), ("praise", "表扬"), ("question", "咨询"), ("complaint", "投诉")]
THREAD_STATES = [
    ("submitted", "待审核"),
    ("to_forward", "待转办"),
    ("handling", "办理中"),
    ("replying", "回复待审"),
    ("answered", "已回复"),
    ("done", "办结"),
    ("merged", "已合并"),
]
SCORES = [(5, "满意"), (3, "基本满意"), (1, "不满意")]
TALK_METHODS = [("phone", "电话"), ("visit", "面谈"), ("online", "线上")]
NOTICE_KINDS = [("lost", "寻物"), ("found", "招领")]
NOTICE_STATES = [
    ("submitted", "待审核"),
    ("open", "寻找中"),
    ("kept", "保管中"),
    ("verifying", "核验中"),
    ("to_hand_over", "待交接"),
    ("returned", "已归还"),
    ("disposed", "已处置"),
]
LIVE_NOTICES = ("open", "kept", "verifying", "to_hand_over")
CLAIM_STATES = [
    ("waiting", "待核验"),
    ("accepted", "待交接"),
    ("denied", "未通过"),
    ("given_up", "已放弃"),
    ("done", "已领取"),
]
DISPOSALS = [("donated", "捐赠"), ("destroyed", "销毁"), ("handed_on", "移交"), ("recycled", "回收")]
LISTING_STATES = [
    ("submitted", "待审核"),
    ("on_sale", "在售"),
    ("reserved", "已预订"),
    ("sold", "已成交"),
    ("taken_down", "已下架"),
    ("expired", "已过期"),
    ("lapsed", "已失效"),
]
LIVE_LISTINGS = ("on_sale", "reserved")
CONDITIONS = [("new", "全新"), ("like_new", "几乎全新"), ("good", "良好"), ("used", "有使用痕迹"), ("parts", "需维修")]
BANNED_ACTIONS = [("refuse", "拒绝"), ("hold", "送审")]
TALK_REPORT_STATES = [("waiting", "待处理"), ("upheld", "成立"), ("dismissed", "不成立")]
RESERVATION_RESULTS = [("sold", "成交"), ("seller", "卖家取消"), ("buyer", "买家取消"), ("timed_out", "超时")]
ARTICLE_KINDS = [("notice", "通知公告"), ("guide", "办事指南")]
LANGUAGES = [("zh", "中文"), ("en", "English")]
SENT_BY = [("mail", "邮件"), ("wechat", "微信")]
DELIVERY_STATES = [("waiting", "待发送"), ("sending", "发送中"), ("sent", "已发送"), ("failed", "未送达")]
SERVICES = [("repair", "报修"), ("supervision", "服务监督"), ("lost_found", "失物招领"), ("market", "二手市场")]
FIGURE_SCOPES = [("all", "全部"), ("building", "楼宇"), ("group", "维修组"), ("department", "部门")]
QUESTION_KINDS = [
    ("text", "一行文字"),
    ("long_text", "多行文字"),
    ("number", "数字"),
    ("choice", "单选"),
    ("choices", "多选"),
    ("date", "日期"),
    ("time", "时间"),
    ("yes_no", "是或否"),
    ("photo", "照片"),
]
# What questions can be added to; `about` is the code of the thing within it ("" means every one).
ASKED_OF = [
    ("repair_item", "报修项目"),
    ("thread", "监督类别"),
    ("property_notice", "失物物品类别"),
    ("listing", "二手类别"),
    ("edition", "在线服务的申请表"),
    ("service_step", "在线服务的步骤"),
]
EDITION_STATES = [("draft", "草稿"), ("published", "已发布"), ("retired", "已停用")]
APPLICATION_PHASES = [
    ("open", "办理中"),
    ("applicant", "待申请人"),
    ("granted", "已办结"),
    ("refused", "未通过"),
    ("withdrawn", "已撤回"),
]
STATE_HOLDERS = [
    ("route", "按路由的办理组"),
    ("team", "指定的办理组"),
    ("applicant", "申请人"),
    ("nobody", "无人（结束）"),
]
STEP_TAKERS = [("holder", "办理组"), ("applicant", "申请人")]
AUDIENCES = [("student", "学生"), ("staff", "教职工"), ("worker", "维修工")]
RULE_ACTIONS = [("tell", "发通知"), ("mark", "打标记"), ("urgent", "改为紧急")]
IMPORT_STATES = [
    ("mapping", "选择列"),
    ("checking", "检查中"),
    ("checked", "已检查"),
    ("writing", "导入中"),
    ("done", "已完成"),
    ("stopped", "已停止"),
]
OPEN_STATES = ("awaiting_review", "reported", "returned", "accepted", "dispatched", "repairing", "on_hold", "finished")


def utcnow() -> datetime:
    """The present moment as naive UTC, the way every column keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class Entity(Model):
    """The base of every entity; what the panel reads has a harmless default here."""

    label: ClassVar[str] = ""
    area: ClassVar[str] = ""
    search: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[tuple[str, ...]] = ()
    frozen: ClassVar[bool] = False
    reference: ClassVar[bool] = False  # few rows that only clerks change, read all the time (hall/reference.py)
    promise: ClassVar[str] = ""
    private: ClassVar[tuple[str, ...]] = ()
    groups: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]] = ()

    if TYPE_CHECKING:  # what peewee adds to every row at run time: the key, `<relation>_id` and back references
        id: Any

        def __getattr__(self, name: str) -> Any: ...

    class Meta:
        database = database
        legacy_table_names = False
        only_save_dirty = True


# --- people and places -------------------------------------------------------------------------


class Department(Entity):
    label, area = "部门", "people"
    reference = True
    search = columns = ("code", "name", "name_en")

    code = CharField(verbose_name="编号", max_length=20, unique=True)
    name = CharField(verbose_name="名称", max_length=60)
    name_en = CharField(verbose_name="英文名称", max_length=80, default="")

    def __str__(self) -> str:
        return self.name


class Campus(Entity):
    label, area = "校区", "places"
    reference = True
    search = columns = ("name", "name_en")

    name = CharField(verbose_name="名称", max_length=40, unique=True)
    name_en = CharField(verbose_name="英文名称", max_length=60, default="")

    def __str__(self) -> str:
        return self.name


class Building(Entity):
    label, area = "楼宇", "places"
    reference = True
    search = ("code", "name", "name_en", "aliases")
    columns = ("code", "name", "campus", "kind", "floors", "aliases")

    code = CharField(verbose_name="编号", max_length=20, unique=True)
    campus = ForeignKeyField(Campus, verbose_name="校区", backref="buildings", on_delete="RESTRICT")
    name = CharField(verbose_name="名称", max_length=60, unique=True)
    name_en = CharField(verbose_name="英文名称", max_length=80, default="")
    kind = CharField(verbose_name="类别", max_length=20, index=True)
    floors = IntegerField(verbose_name="楼层数", default=0)
    latitude = FloatField(verbose_name="纬度", null=True)
    longitude = FloatField(verbose_name="经度", null=True)
    aliases = TextField(verbose_name="别名", default="", help_text="大家平时的叫法，用分号隔开，例如“南3;南3号楼”")

    def __str__(self) -> str:
        return self.name


class Room(Entity):
    label, area = "房间", "places"
    search = ("number",)
    columns = ("building", "number", "floor")

    building = ForeignKeyField(Building, verbose_name="楼宇", backref="rooms", on_delete="RESTRICT")
    number = CharField(verbose_name="房间号", max_length=20, index=True)
    floor = IntegerField(verbose_name="楼层", default=0)

    class Meta:
        indexes = ((("building", "number"), True),)

    def __str__(self) -> str:
        return self.number


class Bed(Entity):
    label, area = "床位", "places"
    search = ("number",)
    columns = ("room", "number")

    room = ForeignKeyField(Room, verbose_name="房间", backref="beds", on_delete="RESTRICT")
    number = CharField(verbose_name="床号", max_length=10)

    class Meta:
        indexes = ((("room", "number"), True),)

    def __str__(self) -> str:
        return self.number


class Person(Entity):
    label, area = "人员", "people"
    search = ("number", "name")
    columns = ("number", "name", "kind", "department", "is_closed")

    number = CharField(verbose_name="学号/工号", max_length=20, unique=True)
    name = CharField(verbose_name="姓名", max_length=40, index=True)
    kind = CharField(verbose_name="身份", max_length=10, choices=PERSON_KINDS, index=True)
    department = ForeignKeyField(Department, verbose_name="部门", null=True, on_delete="RESTRICT")
    phone = CharField(verbose_name="联系电话", max_length=20, default="")
    bed = ForeignKeyField(Bed, verbose_name="床位", null=True, unique=True, on_delete="SET NULL", backref="resident")
    is_closed = BooleanField(verbose_name="已停用", default=False, help_text="停用后立即不能登录")
    # When a person closed the account themselves: the name went, what they did stays.
    forgotten = DateTimeField(verbose_name="注销时间", null=True, index=True)
    # The secrets of an account; the panel never shows them (hall/accounts.py).
    password_hash = CharField(max_length=200, default="")
    initial_hash = CharField(max_length=64, default="")
    initial_expires = DateTimeField(null=True)
    initial_failures = IntegerField(default=0)
    created = DateTimeField(verbose_name="建立时间", default=utcnow)

    private = ("phone",)
    hidden: ClassVar[tuple[str, ...]] = ("password_hash", "initial_hash", "initial_expires", "initial_failures")

    @property
    def must_change_password(self) -> bool:
        return not self.password_hash

    # What Flask-Login asks of the person who is signed in; the face sets `signin` when it loads one.
    is_authenticated, is_anonymous = True, False

    @property
    def is_active(self) -> bool:
        return not self.is_closed

    def get_id(self) -> str:
        token: str = self.signin
        return token

    def __str__(self) -> str:
        return self.name


class Grant(Entity):
    label, area = "角色授权", "people"
    search = ("role", "scope")
    columns = ("person", "role", "scope", "granted")

    person = ForeignKeyField(Person, verbose_name="人员", backref="grants", on_delete="CASCADE")
    role = CharField(verbose_name="角色", max_length=30, index=True)
    scope = CharField(
        verbose_name="范围", max_length=20, default="", help_text="组、部门或楼宇的编号，例如 SN1；留空表示不限"
    )
    granted = DateTimeField(verbose_name="授权时间", default=utcnow)

    class Meta:
        indexes = ((("person", "role", "scope"), True),)

    def __str__(self) -> str:
        return f"{self.role}@{self.scope}" if self.scope else self.role


class SignIn(Entity):
    """One signed-in browser. The cookie holds a token, this row its SHA-256; ended means dead at the next request."""

    label, area, frozen = "登录会话", "trail", True
    columns = ("person", "created", "last_seen", "address", "ended")
    hidden: ClassVar[tuple[str, ...]] = ("token_hash",)

    token_hash = CharField(max_length=64, unique=True)
    person = ForeignKeyField(Person, verbose_name="人员", backref="sign_ins", on_delete="CASCADE")
    created = DateTimeField(verbose_name="登录时间", default=utcnow)
    last_seen = DateTimeField(verbose_name="最近活动", default=utcnow)
    expires = DateTimeField(verbose_name="到期")
    ended = DateTimeField(verbose_name="结束", null=True)
    address = CharField(verbose_name="地址", max_length=45, default="")
    device = CharField(verbose_name="设备", max_length=200, default="")


class SignInFailure(Entity):
    label, area, frozen = "登录失败", "trail", True
    columns = ("number", "address", "at")

    number = CharField(verbose_name="账号", max_length=40, index=True)
    address = CharField(verbose_name="地址", max_length=45)
    at = DateTimeField(verbose_name="时间", default=utcnow)

    class Meta:
        indexes = ((("address", "at"), False),)


# --- calendar ----------------------------------------------------------------------------------


class ServiceHours(Entity):
    label, area = "服务时间", "settings"
    reference = True
    columns = ("season", "weekday", "opens", "closes")

    season = CharField(verbose_name="时期", max_length=10, choices=SEASONS)
    weekday = IntegerField(verbose_name="星期", choices=WEEKDAYS)
    opens = TimeField(verbose_name="开始")
    closes = TimeField(verbose_name="结束")

    class Meta:
        indexes = ((("season", "weekday", "opens"), True),)


class CalendarPeriod(Entity):
    label, area = "校历", "settings"
    reference = True
    search = ("name",)
    columns = ("name", "kind", "starts", "ends", "building")

    name = CharField(verbose_name="名称", max_length=60)
    name_en = CharField(verbose_name="英文名称", max_length=80, default="")
    kind = CharField(verbose_name="类别", max_length=10, choices=CALENDAR_KINDS)
    starts = DateField(verbose_name="开始日期", index=True)
    ends = DateField(verbose_name="结束日期（含）", index=True)
    building = ForeignKeyField(
        Building, verbose_name="楼宇", null=True, on_delete="RESTRICT", help_text="只有“楼宇关闭”需要填"
    )

    def __str__(self) -> str:
        return self.name


# --- repairs: what, who, where -------------------------------------------------------------------


class MaintenanceGroup(Entity):
    label, area = "维修组", "repairs"
    reference = True
    search = ("code", "name", "name_en")
    columns = ("code", "name", "campus", "phone")

    code = CharField(verbose_name="编号", max_length=20, unique=True)
    name = CharField(verbose_name="名称", max_length=40)
    name_en = CharField(verbose_name="英文名称", max_length=60, default="")
    campus = ForeignKeyField(Campus, verbose_name="校区", null=True, on_delete="RESTRICT")
    phone = CharField(verbose_name="电话", max_length=20, default="")

    def __str__(self) -> str:
        return self.name


class RepairItem(Entity):
    label, area = "报修项目", "repairs"
    reference = True
    search = ("code", "name", "name_en")
    columns = ("code", "parent", "name", "priority", "respond_minutes", "finish_minutes", "needs_review")

    code = CharField(verbose_name="编号", max_length=20, unique=True)
    parent = ForeignKeyField("self", verbose_name="大类", null=True, on_delete="RESTRICT", backref="children")
    name = CharField(verbose_name="名称", max_length=40)
    name_en = CharField(verbose_name="英文名称", max_length=80, default="")
    priority = CharField(verbose_name="紧急程度", max_length=10, choices=PRIORITIES, default="普通")
    respond_minutes = IntegerField(
        verbose_name="答复时限（分钟）", default=1440, help_text="按服务时间计，紧急项目全天计"
    )
    finish_minutes = IntegerField(
        verbose_name="完工时限（分钟）", default=4320, help_text="按服务时间计，紧急项目全天计"
    )
    needs_review = BooleanField(verbose_name="受理前审核", default=False)
    warranty_days = IntegerField(verbose_name="质保天数", default=30)
    tip = TextField(verbose_name="填报提示", default="")
    tip_en = TextField(verbose_name="英文填报提示", default="")
    emergency = TextField(verbose_name="紧急提示", default="", help_text="只对紧急项目显示；留空用通用的一句")
    emergency_en = TextField(verbose_name="英文紧急提示", default="")

    @property
    def is_urgent(self) -> bool:
        return self.priority == URGENT

    def __str__(self) -> str:
        return self.name


class RoutingRule(Entity):
    # Frozen: a rule is understood only by the cells that it changes, so it is saved from their preview.
    label, area, frozen = "派单规则", "repairs", True
    reference = True
    columns = ("campus", "kind", "building", "item", "group")

    campus = ForeignKeyField(Campus, verbose_name="校区", null=True, on_delete="RESTRICT", help_text="留空表示任意")
    kind = CharField(verbose_name="楼宇类别", max_length=20, default="", help_text="留空表示任意")
    building = ForeignKeyField(Building, verbose_name="楼宇", null=True, on_delete="RESTRICT", help_text="留空表示任意")
    item = ForeignKeyField(
        RepairItem, verbose_name="项目", null=True, on_delete="RESTRICT", help_text="项目或大类，留空表示任意"
    )
    group = ForeignKeyField(MaintenanceGroup, verbose_name="维修组", on_delete="RESTRICT")
    # What the rule is about, in one column, so that the database refuses a second rule about the same.
    place_and_item = CharField(max_length=80, unique=True)
    hidden: ClassVar[tuple[str, ...]] = ("place_and_item",)

    def save(self, *args: Any, **kwargs: Any) -> Any:
        self.place_and_item = f"{self.campus_id or ''}|{self.kind}|{self.building_id or ''}|{self.item_id or ''}"
        return super().save(*args, **kwargs)


class PriceBookEntry(Entity):
    label, area = "价目表", "repairs"
    reference = True
    search = columns = ("code", "name", "unit", "price_fen")

    code = CharField(verbose_name="编号", max_length=20, unique=True)
    name = CharField(verbose_name="名称", max_length=60)
    name_en = CharField(verbose_name="英文名称", max_length=80, default="")
    kind = CharField(verbose_name="类别", max_length=10, choices=LINE_KINDS, default="price")
    unit = CharField(verbose_name="单位", max_length=10, default="个")
    price_fen = IntegerField(verbose_name="单价（分）", default=0, constraints=[Check("price_fen >= 0")])

    def __str__(self) -> str:
        return self.name


class RepairOrder(Entity):
    label, area, frozen = "报修单", "repairs", True
    search = ("number", "room_number", "description")
    columns = ("number", "status", "item", "building", "room_number", "group", "worker", "created")
    private = ("phone",)
    promise = "finish_due"
    STATES: ClassVar[list[tuple[str, str]]] = REPAIR_STATES

    number = CharField(verbose_name="单号", max_length=20, unique=True)
    status = CharField(verbose_name="状态", max_length=20, choices=REPAIR_STATES, index=True)
    version = IntegerField(verbose_name="版本", default=1)
    came_from = CharField(max_length=20, default="")
    created = DateTimeField(verbose_name="报修时间", default=utcnow, index=True)

    reporter = ForeignKeyField(Person, verbose_name="报修人", backref="orders", on_delete="RESTRICT")
    operator = ForeignKeyField(Person, verbose_name="接线员", null=True, on_delete="RESTRICT")
    caller = CharField(verbose_name="来电人", max_length=40, default="")
    channel = CharField(verbose_name="渠道", max_length=10, choices=CHANNELS, default="web")
    phone = CharField(verbose_name="联系电话", max_length=20)

    building = ForeignKeyField(Building, verbose_name="楼宇", on_delete="RESTRICT")
    room_number = CharField(verbose_name="房间号", max_length=20, default="")
    spot = CharField(verbose_name="具体位置", max_length=60, default="")
    item = ForeignKeyField(RepairItem, verbose_name="项目", on_delete="RESTRICT")
    priority = CharField(verbose_name="紧急程度", max_length=10, choices=PRIORITIES, default="普通", index=True)
    description = TextField(verbose_name="故障描述")
    wished_visits = JSONField(verbose_name="希望上门时间", dumps=_dumps, default=list)
    entry = CharField(verbose_name="进屋", max_length=10, choices=ENTRY_CHOICES, default="knock")

    group = ForeignKeyField(MaintenanceGroup, verbose_name="维修组", on_delete="RESTRICT")
    routed_why = CharField(verbose_name="派单依据", max_length=200, default="")
    hops = IntegerField(verbose_name="转单次数", default=0)
    worker = ForeignKeyField(Person, verbose_name="维修工", null=True, on_delete="RESTRICT")
    visit_from = DateTimeField(verbose_name="预约上门", null=True)
    visit_until = DateTimeField(verbose_name="预约至", null=True)

    respond_due = DateTimeField(verbose_name="承诺答复", null=True)
    finish_due = DateTimeField(verbose_name="承诺完工", null=True, index=True)
    hold_reason = CharField(verbose_name="挂起原因", max_length=20, choices=HOLD_REASONS, default="")
    held_at = DateTimeField(verbose_name="挂起时间", null=True)
    held_until = DateTimeField(verbose_name="预计恢复", null=True)
    responded = DateTimeField(verbose_name="受理时间", null=True)
    finished = DateTimeField(verbose_name="完工时间", null=True)
    inspected = DateTimeField(verbose_name="验收时间", null=True)
    settled = DateTimeField(verbose_name="决算时间", null=True)
    closed = DateTimeField(verbose_name="结单时间", null=True)
    rated = DateTimeField(verbose_name="评价时间", null=True)
    followed_up = DateTimeField(verbose_name="回访时间", null=True)
    urged = DateTimeField(verbose_name="最近催办", null=True)
    told_late = DateTimeField(verbose_name="超时提醒", null=True)

    work_done = TextField(verbose_name="维修内容", default="")
    materials = JSONField(verbose_name="用料", dumps=_dumps, default=list)
    nothing_spent = BooleanField(verbose_name="无费用", default=False)
    labour_minutes = IntegerField(verbose_name="工时（分钟）", default=0)
    reworks = IntegerField(verbose_name="返修次数", default=0)
    inspector = ForeignKeyField(Person, verbose_name="验收人", null=True, on_delete="RESTRICT")
    settler = ForeignKeyField(Person, verbose_name="决算人", null=True, on_delete="RESTRICT")
    payer = CharField(verbose_name="付款方", max_length=20, choices=PAYERS, default="")
    main = ForeignKeyField("self", verbose_name="主单", null=True, on_delete="RESTRICT", backref="merged_orders")
    origin = ForeignKeyField("self", verbose_name="原单", null=True, on_delete="RESTRICT", backref="later_orders")

    class Meta:
        indexes = (
            (("reporter", "created", "id"), False),
            (("group", "status", "id"), False),
            (("building", "room_number", "status"), False),
            (("status", "finish_due"), False),
            (("status", "finished"), False),
        )

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATES

    @property
    def place(self) -> str:
        return f"{self.building.name} {self.room_number}".rstrip()

    @property
    def is_public_area(self) -> bool:
        return not self.room_number or self.building.kind != "学生公寓"

    def __str__(self) -> str:
        return self.number


class Assignment(Entity):
    """Who is sent to an order: the first is responsible, the others help."""

    label, area, frozen = "派工", "repairs", True
    columns = ("order", "worker", "active")

    order = ForeignKeyField(RepairOrder, verbose_name="报修单", backref="assignments", on_delete="RESTRICT")
    worker = ForeignKeyField(Person, verbose_name="维修工", backref="assignments", on_delete="RESTRICT")
    active = BooleanField(verbose_name="有效", default=True)

    class Meta:
        indexes = ((("order", "worker"), True),)


class OrderFollower(Entity):
    """Somebody who follows an order of the same place instead of reporting it again."""

    label, area, frozen = "关注", "repairs", True
    columns = ("order", "person")

    order = ForeignKeyField(RepairOrder, verbose_name="报修单", backref="followers", on_delete="RESTRICT")
    person = ForeignKeyField(Person, verbose_name="关注人", backref="followed_orders", on_delete="RESTRICT")

    class Meta:
        indexes = ((("order", "person"), True),)


class SettlementLine(Entity):
    """One line of a settlement. A rejected settlement keeps its lines; the next one is a new round."""

    label, area, frozen = "决算明细", "repairs", True
    columns = ("order", "round", "kind", "name", "quantity", "price_fen", "amount_fen")

    order = ForeignKeyField(RepairOrder, verbose_name="报修单", backref="lines", on_delete="RESTRICT")
    round = IntegerField(verbose_name="轮次", default=1)
    kind = CharField(verbose_name="类别", max_length=10, choices=LINE_KINDS)
    entry = ForeignKeyField(PriceBookEntry, verbose_name="价目", null=True, on_delete="RESTRICT")
    name = CharField(verbose_name="名称", max_length=60)
    unit = CharField(verbose_name="单位", max_length=10, default="")
    quantity = DecimalField(
        verbose_name="数量", max_digits=10, decimal_places=2, constraints=[Check("CAST(quantity AS REAL) > 0")]
    )
    price_fen = IntegerField(verbose_name="单价（分）", constraints=[Check("price_fen >= 0")])
    amount_fen = IntegerField(verbose_name="金额（分）", constraints=[Check("amount_fen >= 0")])


class Rating(Entity):
    label, area, frozen = "评价", "repairs", True
    columns = ("order", "speed", "quality", "manner", "text", "created")

    order = ForeignKeyField(RepairOrder, verbose_name="报修单", unique=True, backref="ratings", on_delete="RESTRICT")
    speed = IntegerField(verbose_name="速度", constraints=[Check("speed BETWEEN 1 AND 5")])
    quality = IntegerField(verbose_name="质量", constraints=[Check("quality BETWEEN 1 AND 5")])
    manner = IntegerField(verbose_name="态度", constraints=[Check("manner BETWEEN 1 AND 5")])
    text = TextField(verbose_name="评价内容", default="")
    added = TextField(verbose_name="追评", default="")
    created = DateTimeField(verbose_name="评价时间", default=utcnow)


# --- what the public may see, and its review ---------------------------------------------------------


class Moderated(Entity):
    """The base of everything that the public may see once a moderator has read it (hall/moderation.py).

    `reviewed` names the columns that are text or photos of the author: they change by review only.
    `above` names the key to another moderated row without which this one is never shown.
    `page` is the address at which everybody reads a row, with columns of it in braces; "" where it has none of its own.
    """

    reviewed: ClassVar[tuple[str, ...]] = ("text", "photos")
    above: ClassVar[str] = ""
    page: ClassVar[str] = ""

    moderation = CharField(verbose_name="审核", max_length=20, choices=MODERATION_STATES, default="pending", index=True)
    version = IntegerField(verbose_name="版本", default=1)
    author = ForeignKeyField(Person, verbose_name="作者", on_delete="RESTRICT")
    photos = JSONField(verbose_name="照片", dumps=_dumps, default=list)
    created = DateTimeField(verbose_name="提交时间", default=utcnow)
    published = DateTimeField(verbose_name="公开时间", null=True)


# It has no table of its own, so nobody must look there for the rows that point at a person.
Moderated._meta.remove_ref(Moderated._meta.fields["author"])


class Submission(Entity):
    """One text as it was handed in for review: the desk's queue while it waits, the internal log after."""

    label, area, frozen = "送审记录", "supervision", True
    columns = ("submitted", "subject_type", "subject_id", "cause", "author", "decision", "reason", "decided_by")

    subject_type = CharField(verbose_name="对象", max_length=30)
    subject_id = IntegerField(verbose_name="对象编号")
    # Unique while it waits, so that a subject never waits twice; empty once it is decided.
    slot = CharField(max_length=60, null=True, unique=True)
    status = CharField(verbose_name="状态", max_length=20, choices=SUBMISSION_STATES, default="waiting")
    cause = CharField(verbose_name="缘由", max_length=10, choices=SUBMISSION_CAUSES, default="first")
    kind = CharField(verbose_name="类别", max_length=20, default="")
    content = JSONField(verbose_name="送审内容", dumps=_dumps, default=dict)
    previous = JSONField(verbose_name="原公开内容", dumps=_dumps, default=dict)
    version = IntegerField(verbose_name="版本", default=1)
    risk = IntegerField(verbose_name="风险", choices=RISKS, default=0)
    author = ForeignKeyField(Person, verbose_name="作者", on_delete="RESTRICT")
    department = ForeignKeyField(Department, verbose_name="部门", null=True, on_delete="RESTRICT")
    # Who rejected it before the author appealed: another moderator judges now.
    barred = ForeignKeyField(Person, verbose_name="回避", null=True, on_delete="RESTRICT", backref="barred_from")
    submitted = DateTimeField(verbose_name="送审时间", default=utcnow)
    due = DateTimeField(verbose_name="承诺审完", default=utcnow)
    claimed_by = ForeignKeyField(Person, verbose_name="正在审", null=True, on_delete="SET NULL", backref="claims")
    claimed_until = DateTimeField(verbose_name="锁定至", null=True)
    decision = CharField(verbose_name="决定", max_length=20, choices=DECISIONS, default="")
    reason = CharField(verbose_name="原因", max_length=20, choices=REASONS, default="")
    note = TextField(verbose_name="说明", default="")
    # What the hall noticed that a moderator should look at; never shown to the author.
    doubt = CharField(verbose_name="存疑", max_length=200, default="")
    masked = JSONField(verbose_name="遮盖", dumps=_dumps, default=list)
    decided_by = ForeignKeyField(
        Person, verbose_name="审核人", null=True, on_delete="RESTRICT", backref="decided_submissions"
    )
    decided = DateTimeField(verbose_name="决定时间", null=True)

    class Meta:
        indexes = (
            (("status", "due", "id"), False),
            (("status", "decided"), False),
            (("author", "id"), False),
            (("subject_type", "subject_id", "id"), False),
        )


class Report(Entity):
    """Somebody says that something shown should not be."""

    label, area, frozen = "举报", "supervision", True
    columns = ("created", "subject_type", "subject_id", "person", "code", "result")

    subject_type = CharField(verbose_name="对象", max_length=30)
    subject_id = IntegerField(verbose_name="对象编号")
    person = ForeignKeyField(Person, verbose_name="举报人", on_delete="RESTRICT")
    code = CharField(verbose_name="原因", max_length=20, choices=REASONS)
    note = TextField(verbose_name="说明", default="")
    result = CharField(verbose_name="结果", max_length=20, choices=DECISIONS, default="")
    created = DateTimeField(verbose_name="时间", default=utcnow)

    class Meta:
        indexes = ((("subject_type", "subject_id", "person"), True),)


class ModerationRule(Entity):
    """How a kind of thing is reviewed; without a rule it is reviewed always, within a working day."""

    label, area = "审核规则", "settings"
    columns = ("subject_type", "minutes", "trusted_after")

    subject_type = CharField(verbose_name="对象", max_length=30, unique=True)
    minutes = IntegerField(
        verbose_name="承诺审完（服务分钟）", default=240, constraints=[Check("minutes > 0")], help_text="按服务时间计算"
    )
    trusted_after = IntegerField(
        verbose_name="免审所需公开次数",
        null=True,
        constraints=[Check("trusted_after > 0")],
        help_text="作者的内容公开过这么多次后，没有命中敏感词和个人信息的就直接公开；不填则总是先审",
    )


class SensitiveWord(Entity):
    label, area, frozen = "敏感词", "settings", True
    search = ("word",)
    columns = ("word", "action", "is_active", "note")

    word = CharField(
        verbose_name="词", max_length=40, unique=True, help_text="全角、空格、零宽字符和繁体写法会一并匹配"
    )
    action = CharField(
        verbose_name="处理",
        max_length=10,
        choices=WORD_ACTIONS,
        default="hold",
        help_text="送审：必须人工审核；遮盖：公开时以＊代替；拒绝：不能提交；警报：送审并立即提醒审核员",
    )
    is_active = BooleanField(verbose_name="启用", default=True)
    note = CharField(verbose_name="备注", max_length=100, default="")


class ReasonTemplate(Entity):
    """A reason ready to be given, in both languages of the authors."""

    label, area = "理由模板", "settings"
    reference = True
    columns = ("decision", "code", "text", "position")

    decision = CharField(verbose_name="决定", max_length=20, choices=DECISIONS, index=True)
    code = CharField(verbose_name="原因", max_length=20, choices=REASONS, default="other")
    text = CharField(verbose_name="理由", max_length=200)
    text_en = CharField(verbose_name="英文理由", max_length=300)
    position = IntegerField(verbose_name="顺序", default=1)


class SavedFilter(Entity):
    """What a moderator looks at often, with its own count."""

    label, area, frozen = "我的筛选", "supervision", True
    columns = ("person", "name")

    person = ForeignKeyField(Person, verbose_name="人员", on_delete="CASCADE")
    name = CharField(verbose_name="名称", max_length=20)
    wanted = JSONField(verbose_name="条件", dumps=_dumps, default=dict)

    class Meta:
        indexes = ((("person", "name"), True),)


# --- supervision -------------------------------------------------------------------------------------


class Thread(Moderated):
    """A post to the supervision board with what became of it."""

    label, area, frozen = "监督帖", "supervision", True
    search = ("number", "title")
    columns = ("number", "kind", "title", "moderation", "status", "department", "created")
    private = ("phone",)
    reviewed = ("title", "text", "photos")
    page = "/supervision/{number}"
    promise = "due"
    STATES: ClassVar[list[tuple[str, str]]] = THREAD_STATES

    number = CharField(verbose_name="帖号", max_length=20, unique=True)
    kind = CharField(verbose_name="类别", max_length=20, choices=THREAD_KINDS)
    status = CharField(verbose_name="办理", max_length=20, choices=THREAD_STATES, default="submitted", index=True)
    title = CharField(verbose_name="标题", max_length=60)
    text = TextField(verbose_name="正文")
    shown_as = CharField(verbose_name="署名", max_length=10, choices=SHOWN_AS, default="role")
    phone = CharField(verbose_name="联系电话", max_length=20, default="")
    order = ForeignKeyField(RepairOrder, verbose_name="相关报修单", null=True, on_delete="RESTRICT", backref="threads")
    praised_worker = ForeignKeyField(
        Person, verbose_name="表扬的师傅", null=True, on_delete="RESTRICT", backref="praises"
    )
    praised_group = ForeignKeyField(
        MaintenanceGroup, verbose_name="表扬的班组", null=True, on_delete="RESTRICT", backref="praises"
    )

    department = ForeignKeyField(Department, verbose_name="责任部门", null=True, on_delete="RESTRICT")
    handler = ForeignKeyField(Person, verbose_name="经办人", null=True, on_delete="RESTRICT", backref="handled_threads")
    forwarded = DateTimeField(verbose_name="转办时间", null=True)
    return_until = DateTimeField(verbose_name="可退件至", null=True)
    due = DateTimeField(verbose_name="承诺答复", null=True)
    extensions = IntegerField(verbose_name="延期次数", default=0)
    supervised = IntegerField(verbose_name="督办级别", default=0)
    answered = DateTimeField(verbose_name="答复时间", null=True)
    done = DateTimeField(verbose_name="办结时间", null=True)
    reopened = IntegerField(verbose_name="重办次数", default=0)
    score = IntegerField(verbose_name="满意度", null=True, constraints=[Check("score BETWEEN 1 AND 5")])
    supports = IntegerField(verbose_name="支持", default=0)
    main = ForeignKeyField("self", verbose_name="主帖", null=True, on_delete="RESTRICT", backref="merged_threads")

    class Meta:
        indexes = (
            (("moderation", "published", "id"), False),
            (("moderation", "supports", "id"), False),
            (("department", "status", "due"), False),
            (("author", "id"), False),
            (("status", "answered"), False),
        )

    def __str__(self) -> str:
        return self.number


class Assistance(Entity):
    """A department that helps the responsible one."""

    label, area, frozen = "协办", "supervision", True
    columns = ("thread", "department")

    thread = ForeignKeyField(Thread, verbose_name="监督帖", backref="assisting", on_delete="RESTRICT")
    department = ForeignKeyField(Department, verbose_name="协办部门", backref="assists", on_delete="RESTRICT")

    class Meta:
        indexes = ((("thread", "department"), True),)


class Comment(Moderated):
    """A follow-up 跟帖 of the author or of somebody else."""

    label, area, frozen = "跟帖", "supervision", True
    columns = ("thread", "text", "moderation", "author", "created")
    above = "thread"

    thread = ForeignKeyField(Thread, verbose_name="监督帖", backref="comments", on_delete="RESTRICT")
    text = TextField(verbose_name="内容")
    shown_as = CharField(verbose_name="署名", max_length=10, choices=SHOWN_AS[:2], default="role")


class Reply(Moderated):
    """An official reply; the public reads it as the department's, `author` is who drafted it."""

    label, area, frozen = "官方回复", "supervision", True
    columns = ("thread", "department", "text", "promised", "moderation", "created")
    reviewed = ("text", "measures", "promised", "photos")
    above = "thread"

    thread = ForeignKeyField(Thread, verbose_name="监督帖", backref="replies", on_delete="RESTRICT")
    department = ForeignKeyField(Department, verbose_name="部门", backref="replies", on_delete="RESTRICT")
    text = TextField(verbose_name="答复")
    measures = TextField(verbose_name="措施", default="")
    promised = CharField(verbose_name="承诺完成日期", max_length=10, default="")
    kept = DateField(verbose_name="实际完成日期", null=True)


class ReplyTemplate(Entity):
    label, area = "答复模板", "supervision"
    search = ("name",)
    columns = ("name", "department", "text")

    name = CharField(verbose_name="名称", max_length=40, unique=True)
    department = ForeignKeyField(
        Department, verbose_name="部门", null=True, on_delete="CASCADE", help_text="不填则各部门都可以用"
    )
    text = TextField(verbose_name="答复")
    measures = TextField(verbose_name="措施", default="")


class Support(Entity):
    """One person, one 支持."""

    label, area, frozen = "支持", "supervision", True
    columns = ("thread", "person")

    thread = ForeignKeyField(Thread, verbose_name="监督帖", backref="supporters", on_delete="RESTRICT")
    person = ForeignKeyField(Person, verbose_name="人员", backref="supported", on_delete="RESTRICT")

    class Meta:
        indexes = ((("thread", "person"), True),)


class ThreadFollower(Entity):
    """Somebody who wants to hear what becomes of a thread."""

    label, area, frozen = "关注的帖子", "supervision", True
    columns = ("thread", "person")

    thread = ForeignKeyField(Thread, verbose_name="监督帖", backref="followers", on_delete="RESTRICT")
    person = ForeignKeyField(Person, verbose_name="关注人", backref="followed_threads", on_delete="RESTRICT")

    class Meta:
        indexes = ((("thread", "person"), True),)


# --- lost and found ----------------------------------------------------------------------------------


class ItemKind(Entity):
    """What is lost and found, and how long it is kept; a card is known by its number, which nobody ever sees."""

    label, area = "物品类别", "boards"
    reference = True
    search = ("code", "name")
    columns = ("code", "name", "is_card", "is_account_card", "keep_days", "valuable_days", "announce_days", "position")

    code = CharField(verbose_name="编号", max_length=20, unique=True)
    name = CharField(verbose_name="名称", max_length=20)
    name_en = CharField(verbose_name="英文名称", max_length=40, default="")
    is_card = BooleanField(verbose_name="证件卡片", default=False, help_text="号码只用来核对，从不显示；不能上传照片")
    is_account_card = BooleanField(verbose_name="号码就是学号或工号", default=False)
    keep_days = IntegerField(verbose_name="保管天数", default=90, constraints=[Check("keep_days > 0")])
    valuable_days = IntegerField(verbose_name="贵重物品保管天数", default=180, constraints=[Check("valuable_days > 0")])
    announce_days = IntegerField(verbose_name="处置前公示天数", default=30, constraints=[Check("announce_days > 0")])
    position = IntegerField(verbose_name="顺序", default=1)

    def __str__(self) -> str:
        return self.name


class LostPropertyDesk(Entity):
    label, area = "失物招领值守点", "boards"
    reference = True
    search = ("name",)
    columns = ("name", "building", "spot", "hours", "phone")

    name = CharField(verbose_name="名称", max_length=40, unique=True)
    name_en = CharField(verbose_name="英文名称", max_length=60, default="")
    building = ForeignKeyField(Building, verbose_name="楼宇", null=True, on_delete="RESTRICT")
    spot = CharField(verbose_name="具体位置", max_length=60, default="")
    spot_en = CharField(verbose_name="英文位置", max_length=100, default="")
    hours = CharField(verbose_name="开放时间", max_length=60, default="")
    hours_en = CharField(verbose_name="英文开放时间", max_length=100, default="")
    phone = CharField(verbose_name="电话", max_length=20, default="")

    def __str__(self) -> str:
        return self.name


class PropertyNotice(Moderated):
    """Something lost or found: its notice, its custody at the desk, and how it ended."""

    label, area, frozen = "失物招领", "boards", True
    search = ("number", "title", "tag")
    columns = ("number", "kind", "title", "item_kind", "moderation", "status", "tag", "created")
    reviewed = ("title", "text", "place", "tags", "question", "photos")
    page = "/lost-found/{number}"
    promise = "keep_until"
    STATES: ClassVar[list[tuple[str, str]]] = NOTICE_STATES

    number = CharField(verbose_name="编号", max_length=20, unique=True)
    kind = CharField(verbose_name="类别", max_length=10, choices=NOTICE_KINDS)
    status = CharField(verbose_name="状态", max_length=20, choices=NOTICE_STATES, default="submitted")
    is_live = BooleanField(default=False)
    title = CharField(verbose_name="标题", max_length=40)
    text = TextField(verbose_name="描述", default="")
    item_kind = ForeignKeyField(ItemKind, verbose_name="物品类别", on_delete="RESTRICT", index=False)
    building = ForeignKeyField(Building, verbose_name="楼宇", null=True, on_delete="RESTRICT", index=False)
    place = CharField(verbose_name="地点", max_length=60, default="")
    happened = DateTimeField(verbose_name="丢失或捡到的时间", default=utcnow)
    tags = CharField(verbose_name="特征标签", max_length=60, default="", help_text="用空格分开，例如 黑色 有划痕")
    # What a claimant is asked; the finder or the desk compares the answer with the hidden detail.
    question = CharField(verbose_name="认领时要回答的问题", max_length=100, default="")
    hidden_detail = TextField(default="")
    card_hash = CharField(max_length=64, default="", index=True)
    card_owner = ForeignKeyField(Person, verbose_name="卡主", null=True, on_delete="RESTRICT", backref="found_cards")
    # The lost notice that a finder answers.
    answered = ForeignKeyField(
        "self", verbose_name="对应的寻物启事", null=True, on_delete="RESTRICT", backref="answers"
    )

    point = ForeignKeyField(LostPropertyDesk, verbose_name="值守点", null=True, on_delete="RESTRICT", index=False)
    tag = CharField(verbose_name="保管牌", max_length=20, null=True, unique=True)
    shelf = CharField(verbose_name="货架", max_length=20, default="")
    receiver = ForeignKeyField(
        Person, verbose_name="接收人", null=True, on_delete="RESTRICT", index=False, backref="received_property"
    )
    kept_from = DateTimeField(verbose_name="入库时间", null=True)
    is_valuable = BooleanField(verbose_name="贵重物品", default=False)
    keep_until = DateTimeField(verbose_name="保管至", null=True)
    announced = DateTimeField(verbose_name="公示时间", null=True)
    dispose_from = DateTimeField(verbose_name="可处置时间", null=True)
    disposal = CharField(verbose_name="处置方式", max_length=20, choices=DISPOSALS, default="")
    disposal_note = CharField(verbose_name="处置说明", max_length=200, default="")
    proposed_by = ForeignKeyField(
        Person, verbose_name="处置申请人", null=True, on_delete="RESTRICT", index=False, backref="proposed_disposals"
    )
    disposed_by = ForeignKeyField(
        Person, verbose_name="处置复核人", null=True, on_delete="RESTRICT", index=False, backref="checked_disposals"
    )

    claimant = ForeignKeyField(
        Person, verbose_name="认领人", null=True, on_delete="RESTRICT", backref="claimed_property"
    )
    returned = DateTimeField(verbose_name="归还时间", null=True)
    ended = CharField(verbose_name="结果", max_length=200, default="")

    class Meta:
        indexes = (
            (("kind", "moderation", "is_live", "published", "id"), False),
            (("kind", "is_live", "happened"), False),
            (("status", "keep_until"), False),
        )

    def save(self, *args: Any, **kwargs: Any) -> Any:
        self.is_live = self.status in LIVE_NOTICES
        return super().save(*args, **kwargs)

    def __str__(self) -> str:
        return self.number


class Claim(Entity):
    """Somebody says that a found thing is theirs: what they answered, and what finder or desk made of it."""

    label, area, frozen = "认领", "boards", True
    columns = ("notice", "claimant", "status", "reason", "decided_by", "created")

    notice = ForeignKeyField(PropertyNotice, verbose_name="失物招领", backref="claims", on_delete="RESTRICT")
    claimant = ForeignKeyField(Person, verbose_name="认领人", backref="claims_of_property", on_delete="RESTRICT")
    status = CharField(verbose_name="状态", max_length=20, choices=CLAIM_STATES, default="waiting")
    answer = TextField(default="")
    proof = TextField(default="")
    photos = JSONField(dumps=_dumps, default=list)
    reason = CharField(verbose_name="理由", max_length=300, default="")
    decided_by = ForeignKeyField(
        Person, verbose_name="核验人", null=True, on_delete="RESTRICT", backref="decided_claims"
    )
    decided = DateTimeField(verbose_name="核验时间", null=True)
    # The one-time code follows from the row, this number and the secret of the installation (hall/lost_claims.py).
    code_round = IntegerField(default=1)
    code_tries = IntegerField(default=0)
    created = DateTimeField(verbose_name="认领时间", default=utcnow)

    class Meta:
        indexes = ((("notice", "status"), False), (("claimant", "id"), False))


class PropertyMatch(Entity):
    """A lost and a found notice that are likely about the same thing, and why."""

    label, area, frozen = "匹配", "boards", True
    columns = ("lost", "found", "score", "created")

    lost = ForeignKeyField(PropertyNotice, verbose_name="寻物启事", backref="found_matches", on_delete="CASCADE")
    found = ForeignKeyField(PropertyNotice, verbose_name="招领启事", backref="lost_matches", on_delete="CASCADE")
    score = IntegerField(verbose_name="可能性（千分之）")
    reasons = JSONField(dumps=_dumps, default=list)
    created = DateTimeField(verbose_name="时间", default=utcnow)

    class Meta:
        indexes = ((("lost", "found"), True), (("found", "score"), False), (("lost", "score"), False))


# --- second-hand market ------------------------------------------------------------------------------


class ListingCategory(Entity):
    label, area = "二手类别", "boards"
    reference = True
    search = ("code", "name")
    columns = ("code", "name", "name_en", "icon", "position")

    code = CharField(verbose_name="编号", max_length=20, unique=True)
    name = CharField(verbose_name="名称", max_length=20)
    name_en = CharField(verbose_name="英文名称", max_length=40, default="")
    icon = CharField(verbose_name="图标", max_length=30, default="tag", help_text="Bootstrap Icons 的名称")
    position = IntegerField(verbose_name="顺序", default=1)

    def __str__(self) -> str:
        return self.name


class SafePlace(Entity):
    label, area = "交易地点", "boards"
    reference = True
    search = ("name",)
    columns = ("name", "campus", "note", "position")

    name = CharField(verbose_name="名称", max_length=40, unique=True)
    name_en = CharField(verbose_name="英文名称", max_length=60, default="")
    campus = ForeignKeyField(Campus, verbose_name="校区", null=True, on_delete="RESTRICT")
    note = CharField(verbose_name="说明", max_length=100, default="")
    note_en = CharField(verbose_name="英文说明", max_length=200, default="")
    position = IntegerField(verbose_name="顺序", default=1)

    def __str__(self) -> str:
        return self.name


class BannedGoods(Entity):
    label, area = "禁售物品", "boards"
    reference = True
    search = ("name", "words")
    columns = ("name", "words", "action", "note")

    name = CharField(verbose_name="名称", max_length=40, unique=True)
    name_en = CharField(verbose_name="英文名称", max_length=60, default="")
    words = TextField(verbose_name="关键词", help_text="用分号隔开；全角、空格和繁体写法会一并匹配")
    action = CharField(
        verbose_name="处理",
        max_length=10,
        choices=BANNED_ACTIONS,
        default="refuse",
        help_text="拒绝：不能发布；送审：必须人工审核",
    )
    note = CharField(verbose_name="给卖家看的说明", max_length=200, default="")
    note_en = CharField(verbose_name="英文说明", max_length=300, default="")

    def __str__(self) -> str:
        return self.name


class TrustLevel(Entity):
    """What somebody may do on the boards in a day, by how much of theirs was published before."""

    label, area = "信任等级", "boards"
    reference = True
    columns = ("name", "least_published", "listings_a_day", "notices_a_day", "talks_a_day")

    name = CharField(verbose_name="名称", max_length=20)
    name_en = CharField(verbose_name="英文名称", max_length=40, default="")
    least_published = IntegerField(
        verbose_name="公开过的内容数（至少）", unique=True, constraints=[Check("least_published >= 0")]
    )
    listings_a_day = IntegerField(verbose_name="每天发布二手数", default=5, constraints=[Check("listings_a_day >= 0")])
    notices_a_day = IntegerField(
        verbose_name="每天发布失物招领数", default=5, constraints=[Check("notices_a_day >= 0")]
    )
    talks_a_day = IntegerField(verbose_name="每天新开的对话数", default=20, constraints=[Check("talks_a_day >= 0")])

    def __str__(self) -> str:
        return self.name


class Listing(Moderated):
    """Something for sale from one person to another."""

    label, area, frozen = "二手物品", "boards", True
    search = ("number", "title")
    columns = ("number", "title", "category", "price_fen", "moderation", "status", "author", "created")
    reviewed = ("title", "text", "photos")
    page = "/market/{number}"
    STATES: ClassVar[list[tuple[str, str]]] = LISTING_STATES

    number = CharField(verbose_name="编号", max_length=20, unique=True)
    status = CharField(verbose_name="状态", max_length=20, choices=LISTING_STATES, default="submitted")
    is_live = BooleanField(default=False)
    title = CharField(verbose_name="标题", max_length=40)
    text = TextField(verbose_name="描述")
    category = ForeignKeyField(ListingCategory, verbose_name="类别", on_delete="RESTRICT", index=False)
    condition = CharField(verbose_name="成色", max_length=10, choices=CONDITIONS)
    price_fen = IntegerField(verbose_name="价格（分）", constraints=[Check("price_fen >= 0")])
    is_negotiable = BooleanField(verbose_name="可议价", default=False)
    place = ForeignKeyField(SafePlace, verbose_name="交易地点", on_delete="RESTRICT", index=False)
    is_graduation = BooleanField(verbose_name="毕业季", default=False)
    expires = DateTimeField(verbose_name="到期", null=True)
    reminded = DateTimeField(null=True)
    reserved_for = ForeignKeyField(
        Person, verbose_name="买家", null=True, on_delete="RESTRICT", backref="reserved_listings"
    )
    reserved_until = DateTimeField(verbose_name="预订至", null=True)
    releases = IntegerField(verbose_name="取消预订次数", default=0)
    seller_confirmed = DateTimeField(verbose_name="卖家确认", null=True)
    buyer_confirmed = DateTimeField(verbose_name="买家确认", null=True)
    sold = DateTimeField(verbose_name="成交时间", null=True)
    favourites = IntegerField(verbose_name="收藏", default=0)

    class Meta:
        indexes = (
            (("moderation", "is_live", "published", "id"), False),
            (("moderation", "is_live", "price_fen", "id"), False),
            (("status", "expires"), False),
            (("status", "reserved_until"), False),
        )

    def save(self, *args: Any, **kwargs: Any) -> Any:
        self.is_live = self.status in LIVE_LISTINGS
        return super().save(*args, **kwargs)

    def __str__(self) -> str:
        return self.number


class PriceChange(Entity):
    label, area, frozen = "价格变动", "boards", True
    columns = ("listing", "before_fen", "price_fen", "at")

    listing = ForeignKeyField(Listing, verbose_name="二手物品", backref="price_changes", on_delete="RESTRICT")
    before_fen = IntegerField(verbose_name="原价（分）")
    price_fen = IntegerField(verbose_name="新价（分）")
    at = DateTimeField(verbose_name="时间", default=utcnow)


class Reservation(Entity):
    """One time that a seller kept something for a buyer, and how that ended."""

    label, area, frozen = "预订", "boards", True
    columns = ("listing", "buyer", "created", "until", "result", "ended")

    listing = ForeignKeyField(Listing, verbose_name="二手物品", backref="reservations", on_delete="RESTRICT")
    buyer = ForeignKeyField(Person, verbose_name="买家", backref="reservations", on_delete="RESTRICT")
    created = DateTimeField(verbose_name="预订时间", default=utcnow)
    until = DateTimeField(verbose_name="预订至")
    ended = DateTimeField(verbose_name="结束时间", null=True)
    result = CharField(verbose_name="结果", max_length=20, choices=RESERVATION_RESULTS, default="")


class DealRating(Entity):
    """What one side of a deal says of the other; unseen until both have said it, or the time for it is up."""

    label, area, frozen = "交易评价", "boards", True
    columns = ("listing", "rater", "rated", "created")

    listing = ForeignKeyField(Listing, verbose_name="二手物品", backref="deal_ratings", on_delete="RESTRICT")
    rater = ForeignKeyField(Person, verbose_name="评价人", backref="ratings_given", on_delete="RESTRICT")
    rated = ForeignKeyField(Person, verbose_name="被评价人", backref="ratings_received", on_delete="RESTRICT")
    score = IntegerField(constraints=[Check("score BETWEEN 1 AND 5")])
    text = TextField(default="")
    created = DateTimeField(verbose_name="时间", default=utcnow)

    class Meta:
        indexes = ((("listing", "rater"), True),)


class Favourite(Entity):
    label, area, frozen = "收藏", "boards", True
    columns = ("listing", "person")

    listing = ForeignKeyField(Listing, verbose_name="二手物品", backref="favoured_by", on_delete="RESTRICT")
    person = ForeignKeyField(Person, verbose_name="人员", backref="favourites", on_delete="RESTRICT")

    class Meta:
        indexes = ((("listing", "person"), True), (("person", "id"), False))


class SavedSearch(Entity):
    """What somebody looks for on the market; they hear of what is published and fits."""

    label, area, frozen = "订阅的搜索", "boards", True
    columns = ("person", "name", "category", "created")

    person = ForeignKeyField(Person, verbose_name="人员", backref="saved_searches", on_delete="CASCADE")
    name = CharField(verbose_name="名称", max_length=40)
    category = ForeignKeyField(ListingCategory, verbose_name="类别", null=True, on_delete="CASCADE")
    wanted = JSONField(dumps=_dumps, default=dict)
    created = DateTimeField(verbose_name="时间", default=utcnow)

    class Meta:
        indexes = ((("person", "name"), True),)


# --- talk between two people -------------------------------------------------------------------------


class Conversation(Entity):
    """Two people talk about something of one of them, inside the hall; neither sees a number of the other."""

    label, area, frozen = "对话", "boards", True
    columns = ("subject_type", "subject_id", "owner", "starter", "created", "latest")

    subject_type = CharField(verbose_name="对象", max_length=30)
    subject_id = IntegerField(verbose_name="对象编号")
    owner = ForeignKeyField(Person, verbose_name="物主", backref="conversations_had", on_delete="RESTRICT")
    starter = ForeignKeyField(Person, verbose_name="发起人", backref="conversations_begun", on_delete="RESTRICT")
    created = DateTimeField(verbose_name="开始", default=utcnow)
    latest = DateTimeField(verbose_name="最近", default=utcnow)
    owner_read = IntegerField(default=0)  # the id of the last message that each has seen
    starter_read = IntegerField(default=0)

    class Meta:
        indexes = (
            (("subject_type", "subject_id", "starter"), True),
            (("owner", "latest", "id"), False),
            (("starter", "latest", "id"), False),
            (("starter", "created"), False),
        )


class Message(Entity):
    """One message of a conversation; only the two read it, so the panel shows who and when, not what."""

    label, area, frozen = "对话消息", "boards", True
    columns = ("conversation", "author", "created")

    conversation = ForeignKeyField(Conversation, verbose_name="对话", backref="messages", on_delete="RESTRICT")
    author = ForeignKeyField(Person, verbose_name="作者", backref="messages", on_delete="RESTRICT")
    text = TextField()
    created = DateTimeField(verbose_name="时间", default=utcnow)

    class Meta:
        indexes = ((("conversation", "id"), False),)


class Block(Entity):
    """Somebody receives nothing from somebody else any more; the two talk about nothing while it stands."""

    label, area, frozen = "不再接收", "boards", True
    columns = ("person", "blocked", "created")

    person = ForeignKeyField(Person, verbose_name="人员", backref="blocks", on_delete="CASCADE")
    blocked = ForeignKeyField(Person, verbose_name="对方", backref="blocked_by", on_delete="CASCADE")
    created = DateTimeField(verbose_name="时间", default=utcnow)

    class Meta:
        indexes = ((("person", "blocked"), True),)


class TalkReport(Entity):
    """One of the two says that the other misuses a conversation: only by this does a moderator read what was said."""

    label, area, frozen = "对话举报", "boards", True
    search = ("number",)
    columns = ("number", "status", "code", "accused", "created", "decided")
    STATES: ClassVar[list[tuple[str, str]]] = TALK_REPORT_STATES

    number = CharField(verbose_name="编号", max_length=20, unique=True)
    status = CharField(verbose_name="状态", max_length=20, choices=TALK_REPORT_STATES, default="waiting")
    version = IntegerField(verbose_name="版本", default=1)
    conversation = ForeignKeyField(Conversation, verbose_name="对话", backref="reports", on_delete="RESTRICT")
    person = ForeignKeyField(Person, verbose_name="举报人", backref="talk_reports", on_delete="RESTRICT")
    accused = ForeignKeyField(Person, verbose_name="被举报人", backref="accusations", on_delete="RESTRICT")
    code = CharField(verbose_name="原因", max_length=20, choices=REASONS)
    note = TextField(verbose_name="说明", default="")
    created = DateTimeField(verbose_name="举报时间", default=utcnow)
    decided_by = ForeignKeyField(
        Person, verbose_name="审核人", null=True, on_delete="RESTRICT", backref="decided_talk_reports"
    )
    decided = DateTimeField(verbose_name="决定时间", null=True)
    finding = TextField(verbose_name="审核意见", default="")

    class Meta:
        indexes = ((("conversation", "person"), True), (("status", "created", "id"), False))

    def __str__(self) -> str:
        return self.number


# --- what hangs on any subject -------------------------------------------------------------------


class Photo(Entity):
    """A photo of any subject; bytes lie in the photo store under `name` in three sizes (hall/photos.py)."""

    label, area, frozen = "照片", "trail", True
    columns = ("subject_type", "subject_id", "purpose", "owner", "created")

    name = CharField(verbose_name="名称", max_length=40, unique=True)
    subject_type = CharField(verbose_name="对象", max_length=30)
    subject_id = IntegerField(verbose_name="对象编号")
    purpose = CharField(verbose_name="用途", max_length=20, default="before")
    owner = ForeignKeyField(Person, verbose_name="上传人", null=True, on_delete="SET NULL")
    width = IntegerField(verbose_name="宽")
    height = IntegerField(verbose_name="高")
    size = IntegerField(verbose_name="字节")
    # 64 bits as hex digits by which like pictures are found (hall/photo_likeness.py); "" where nobody asked for them.
    likeness = CharField(max_length=16, default="")
    created = DateTimeField(verbose_name="上传时间", default=utcnow)

    class Meta:
        indexes = ((("subject_type", "subject_id"), False), (("owner", "created"), False))


class Event(Entity):
    """Timeline, audit trail and outbox in one; chained per subject by hash (hall/events.py)."""

    label, area, frozen = "变更历史", "trail", True
    search = ("name", "subject_type")
    columns = ("at", "actor", "label_text", "subject_type", "subject_id", "source", "target")

    subject_type = CharField(verbose_name="对象", max_length=30)
    subject_id = IntegerField(verbose_name="对象编号")
    seq = IntegerField(verbose_name="序号")
    name = CharField(verbose_name="步骤", max_length=40)
    label_text = CharField(verbose_name="做了什么", max_length=40)
    actor = ForeignKeyField(Person, verbose_name="经办人", null=True, on_delete="SET NULL")
    actor_name = CharField(verbose_name="经办人姓名", max_length=40, default="")
    actor_role = CharField(verbose_name="角色", max_length=30, default="")
    # From where: the session of whoever acted. Whoever closes their account takes its address and device along.
    sign_in = ForeignKeyField(SignIn, verbose_name="登录会话", null=True, on_delete="SET NULL")
    # The hash over that session (hall/events.py), which still says that it was this one when the address is gone.
    origin = CharField(max_length=64, null=True)
    at = DateTimeField(verbose_name="时间", default=utcnow, index=True)
    source = CharField(verbose_name="原状态", max_length=20, default="")
    target = CharField(verbose_name="新状态", max_length=20, default="")
    details = JSONField(verbose_name="内容", dumps=_dumps, default=dict)
    once = CharField(verbose_name="提交标识", max_length=64, null=True, unique=True)
    previous_hash = CharField(verbose_name="前一哈希", max_length=64)
    hash = CharField(verbose_name="哈希", max_length=64)
    announced = DateTimeField(verbose_name="已通知", null=True, index=True)

    class Meta:
        indexes = (
            (("subject_type", "subject_id", "seq"), True),
            (("actor", "at"), False),
            (("subject_type", "at"), False),
        )


class DailyRoot(Entity):
    """One hash over all events of a day; whoever keeps it elsewhere can prove the trail later."""

    label, area, frozen = "每日校验", "trail", True
    columns = ("day", "events", "hash")

    day = DateField(verbose_name="日期", unique=True)
    events = IntegerField(verbose_name="事件数")
    hash = CharField(verbose_name="哈希", max_length=64)


class Notification(Entity):
    """One message to one person about one event, kept in the hall's inbox."""

    label, area, frozen = "站内通知", "trail", True
    columns = ("person", "text", "created", "read")

    person = ForeignKeyField(Person, verbose_name="收件人", backref="notifications", on_delete="CASCADE")
    event = ForeignKeyField(Event, verbose_name="事件", on_delete="RESTRICT")
    text = CharField(verbose_name="内容", max_length=200)
    link = CharField(verbose_name="链接", max_length=200, default="")
    created = DateTimeField(verbose_name="时间", default=utcnow)
    read = DateTimeField(verbose_name="已读", null=True)
    # When the ways outside the hall were decided on; empty until then (hall/channels).
    passed_on = DateTimeField(verbose_name="已转送", null=True, index=True)

    class Meta:
        indexes = ((("person", "event"), True), (("person", "read"), False))


# --- the website: what is written for everybody, and how people are reached ----------------------------


class Article(Entity):
    """A notice 通知公告 or a guide 办事指南, written in Markdown; shown from `publish` until `until`."""

    label, area, frozen = "通知与指南", "website", True
    search = ("code", "title")
    columns = ("code", "kind", "title", "department", "publish", "until", "is_pinned")

    code = CharField(verbose_name="编号", max_length=40, unique=True)
    kind = CharField(verbose_name="类别", max_length=10, choices=ARTICLE_KINDS)
    title = CharField(verbose_name="标题", max_length=80)
    title_en = CharField(verbose_name="英文标题", max_length=160, default="")
    summary = CharField(verbose_name="摘要", max_length=200, default="")
    summary_en = CharField(verbose_name="英文摘要", max_length=400, default="")
    text = TextField(verbose_name="正文")
    text_en = TextField(verbose_name="英文正文", default="")
    department = ForeignKeyField(Department, verbose_name="发布部门", null=True, on_delete="RESTRICT")
    author = ForeignKeyField(Person, verbose_name="撰写人", null=True, on_delete="RESTRICT", backref="articles")
    publish = DateTimeField(verbose_name="发布时间", null=True, help_text="留空是草稿")
    until = DateTimeField(verbose_name="撤下时间", null=True, help_text="留空一直显示")
    is_pinned = BooleanField(verbose_name="置顶", default=False)
    position = IntegerField(verbose_name="顺序", default=1)
    version = IntegerField(verbose_name="版本", default=1)
    created = DateTimeField(verbose_name="建立时间", default=utcnow)
    updated = DateTimeField(verbose_name="修改时间", default=utcnow)

    class Meta:
        indexes = ((("kind", "publish", "id"), False),)

    def __str__(self) -> str:
        return self.title


class Attachment(Entity):
    """A file that hangs on an article; bytes lie in the photo store under `name` (hall/attachments.py)."""

    label, area, frozen = "附件", "website", True
    columns = ("article", "filename", "size", "created")

    name = CharField(verbose_name="名称", max_length=40, unique=True)
    article = ForeignKeyField(Article, verbose_name="文章", backref="attachments", on_delete="RESTRICT")
    filename = CharField(verbose_name="文件名", max_length=120)
    mime = CharField(verbose_name="类型", max_length=100)
    size = IntegerField(verbose_name="字节")
    created = DateTimeField(verbose_name="上传时间", default=utcnow)
    removed = DateTimeField(verbose_name="移除时间", null=True)

    def __str__(self) -> str:
        return self.filename


class ServiceLink(Entity):
    """A service that the operator adds to the front page and to 服务: a page of this site or elsewhere."""

    label, area = "服务入口", "website"
    reference = True
    search = ("name", "name_en")
    columns = ("name", "link", "position", "is_on_front", "is_shown")

    name = CharField(verbose_name="名称", max_length=20, unique=True)
    name_en = CharField(verbose_name="英文名称", max_length=40, default="")
    text = CharField(verbose_name="说明", max_length=60, default="")
    text_en = CharField(verbose_name="英文说明", max_length=120, default="")
    link = CharField(verbose_name="链接", max_length=200, help_text="本站的路径（以 / 开头）或 https:// 地址")
    icon = CharField(verbose_name="图标", max_length=40, default="link-45deg", help_text="Bootstrap Icons 的名称")
    position = IntegerField(verbose_name="顺序", default=1)
    is_on_front = BooleanField(verbose_name="放在首页", default=False)
    is_shown = BooleanField(verbose_name="显示", default=True)

    def __str__(self) -> str:
        return self.name


class SiteText(Entity):
    """A sentence of the website that the operator words: off-hours, emergency, the official account."""

    label, area = "网站文字", "website"
    reference = True
    search = ("code", "name")
    columns = ("code", "name", "text", "text_en")

    code = CharField(verbose_name="编号", max_length=30, unique=True)
    name = CharField(verbose_name="用在哪里", max_length=60)
    text = CharField(verbose_name="文字", max_length=300, default="")
    text_en = CharField(verbose_name="英文文字", max_length=500, default="")

    def __str__(self) -> str:
        return self.code


class ContactSettings(Entity):
    """How somebody wants to be told; who has no row is told in the hall's inbox only."""

    label, area, frozen = "通知方式", "people", True
    columns = ("person", "language", "email", "confirmed", "by_mail", "digest_at")
    private = ("email",)

    person = ForeignKeyField(Person, verbose_name="人员", unique=True, backref="contact_settings", on_delete="CASCADE")
    language = CharField(verbose_name="语言", max_length=5, choices=LANGUAGES, default="zh")
    email = CharField(verbose_name="邮箱", max_length=200, default="")
    confirmed = DateTimeField(verbose_name="邮箱确认时间", null=True)
    by_mail = BooleanField(verbose_name="邮件通知", default=True)
    # Names of subjects (keys of notify.TELLING) of which no mail is wanted.
    muted = JSONField(verbose_name="不用邮件通知的", dumps=_dumps, default=list)
    quiet_from = TimeField(verbose_name="免打扰开始", null=True)
    quiet_until = TimeField(verbose_name="免打扰结束", null=True)
    digest_at = TimeField(verbose_name="每日汇总时间", null=True, help_text="留空逐条通知")
    updated = DateTimeField(verbose_name="修改时间", default=utcnow)


class Delivery(Entity):
    """One message on its way to one person outside the hall: what, when, and whether it arrived."""

    label, area, frozen = "发送记录", "trail", True
    search = ("subject",)
    private = ("address",)
    columns = ("created", "status", "person", "subject", "sent", "error", "address", "channel", "tries")
    STATES: ClassVar[list[tuple[str, str]]] = DELIVERY_STATES
    hidden: ClassVar[tuple[str, ...]] = ("message_id", "claimed_until")

    # Nobody of the hall where a rule writes to a duty address.
    person = ForeignKeyField(Person, verbose_name="收件人", null=True, backref="deliveries", on_delete="CASCADE")
    channel = CharField(verbose_name="渠道", max_length=10, choices=SENT_BY, default="mail")
    address = CharField(verbose_name="地址", max_length=200)
    language = CharField(verbose_name="语言", max_length=5, choices=LANGUAGES, default="zh")
    template = CharField(verbose_name="模板", max_length=30, default="one")
    subject = CharField(verbose_name="标题", max_length=200, default="")
    status = CharField(verbose_name="状态", max_length=10, choices=DELIVERY_STATES, default="waiting")
    tries = IntegerField(verbose_name="尝试次数", default=0)
    due = DateTimeField(verbose_name="发送时间", default=utcnow)
    claimed_until = DateTimeField(verbose_name="占用至", null=True)
    sent = DateTimeField(verbose_name="交出时间", null=True, help_text="邮件服务器收下的时间")
    error = CharField(verbose_name="未送达的原因", max_length=300, default="")
    message_id = CharField(verbose_name="邮件编号", max_length=120, unique=True)
    created = DateTimeField(verbose_name="建立时间", default=utcnow)

    class Meta:
        indexes = ((("status", "due", "id"), False), (("person", "id"), False))

    def __str__(self) -> str:
        return self.subject


class DeliveryItem(Entity):
    """Which notifications a delivery carries; a notification goes over a channel once."""

    label, area, frozen = "发送内容", "trail", True
    columns = ("delivery", "notification", "channel")

    delivery = ForeignKeyField(Delivery, verbose_name="发送记录", backref="items", on_delete="CASCADE")
    notification = ForeignKeyField(Notification, verbose_name="通知", backref="sent_by", on_delete="CASCADE")
    channel = CharField(verbose_name="渠道", max_length=10, choices=SENT_BY, default="mail")

    class Meta:
        indexes = ((("notification", "channel"), True),)


class MonthlyFigure(Entity):
    """What one month came to for a service, as a whole or for one building, group or department (hall/transparency.py).

    Medians are minutes; `kept` of `promised` cases kept their promised time; `rating` is the mean of `marks` marks.
    """

    label, area, frozen = "公开数据", "website", True
    columns = ("month", "service", "scope", "code", "cases", "done", "kept", "promised", "rating", "marks")

    month = DateField(verbose_name="月份")
    service = CharField(verbose_name="服务", max_length=20, choices=SERVICES)
    scope = CharField(verbose_name="范围", max_length=12, choices=FIGURE_SCOPES, default="all")
    code = CharField(verbose_name="范围编号", max_length=20, default="")
    cases = IntegerField(verbose_name="受理件数", default=0)
    done = IntegerField(verbose_name="办结件数", default=0)
    respond_minutes = IntegerField(verbose_name="答复中位数（分钟）", null=True)
    responded = IntegerField(verbose_name="答复件数", default=0)
    finish_minutes = IntegerField(verbose_name="完成中位数（分钟）", null=True)
    kept = IntegerField(verbose_name="守时件数", default=0)
    promised = IntegerField(verbose_name="有承诺的件数", default=0)
    rating = FloatField(verbose_name="满意度", null=True)
    marks = IntegerField(verbose_name="评价数", default=0)
    updated = DateTimeField(verbose_name="计算时间", default=utcnow)

    class Meta:
        indexes = ((("month", "service", "scope", "code"), True),)


# --- the search ----------------------------------------------------------------------------------------


class SearchEntry(Entity):
    """What the index of the search holds of one row: tokens, never its text (hall/search_index.py).

    Beside it stands `search_text`: FTS5 on SQLite, tsvectors on PostgreSQL, in sections (0015_search_sections).
    Ids go up in the order in which rows became public, so that the newest is the highest.
    """

    label, area, frozen = "搜索索引", "trail", True
    columns = ("kind", "subject_type", "subject_id")
    hidden: ClassVar[tuple[str, ...]] = ("tokens",)

    kind = CharField(verbose_name="类别", max_length=20)
    subject_type = CharField(verbose_name="对象", max_length=30)
    subject_id = IntegerField(verbose_name="对象编号")
    tokens = TextField()

    class Meta:
        indexes = ((("subject_type", "subject_id"), True),)


# --- questions that an operator adds ------------------------------------------------------------------


class Question(Entity):
    """One question that an operator added. A row that was answered is never changed: `replaces` points at the
    older wording, which is `retired` and keeps its answers readable."""

    # Frozen: written by hall/questions.py, which knows what was answered already.
    label, area, frozen = "附加问题", "configure", True
    reference = True
    search = ("label_text", "label_en")
    columns = ("asked_of", "about", "label_text", "kind", "required", "position", "retired")

    asked_of = CharField(verbose_name="加在", max_length=20, choices=ASKED_OF)
    about = CharField(verbose_name="哪一种", max_length=40, default="", help_text="编号；留空表示全部")
    code = CharField(verbose_name="编号", max_length=30)
    label_text = CharField(verbose_name="问题", max_length=80)
    label_en = CharField(verbose_name="英文问题", max_length=120, default="")
    hint = CharField(verbose_name="说明", max_length=200, default="")
    hint_en = CharField(verbose_name="英文说明", max_length=300, default="")
    kind = CharField(verbose_name="类型", max_length=10, choices=QUESTION_KINDS)
    # [{"value": …, "label": …, "label_en": …}] of choice and choices.
    options = JSONField(verbose_name="选项", dumps=_dumps, default=list)
    required = BooleanField(verbose_name="必填", default=False)
    # Of a number its bounds, of a text its length, of photos how many.
    least = DecimalField(verbose_name="最小", max_digits=12, decimal_places=2, null=True)
    most = DecimalField(verbose_name="最大", max_digits=12, decimal_places=2, null=True)
    unit = CharField(verbose_name="单位", max_length=10, default="")
    # Asked only if the question with this code was answered by one of these values.
    only_if = CharField(verbose_name="仅当", max_length=30, default="")
    only_if_in = JSONField(verbose_name="仅当回答是", dumps=_dumps, default=list)
    position = IntegerField(verbose_name="顺序", default=1)
    replaces = ForeignKeyField("self", verbose_name="取代", null=True, on_delete="RESTRICT", backref="replaced_by")
    created = DateTimeField(verbose_name="建立时间", default=utcnow)
    retired = DateTimeField(verbose_name="停用时间", null=True)

    class Meta:
        indexes = ((("asked_of", "about", "position"), False),)

    def __str__(self) -> str:
        return self.label_text


class Answer(Entity):
    """What was answered to a question about one subject; `value` is the canonical text (hall/questions.py)."""

    label, area, frozen = "附加回答", "configure", True
    columns = ("question", "subject_type", "subject_id", "value")

    question = ForeignKeyField(Question, verbose_name="问题", backref="answers", on_delete="RESTRICT")
    subject_type = CharField(verbose_name="对象", max_length=30)
    subject_id = IntegerField(verbose_name="对象编号")
    # A number with a point, a day as ISO, yes or no as "1" and "0", several values as a JSON list.
    value = TextField(verbose_name="回答")
    # The same as a number, for filters by range: of a number itself, of a day its ordinal.
    number = FloatField(null=True)
    created = DateTimeField(verbose_name="时间", default=utcnow)

    class Meta:
        indexes = (
            (("subject_type", "subject_id", "question"), True),
            (("question", "number", "subject_id"), False),
        )


# --- services that an operator makes ------------------------------------------------------------------


class Team(Entity):
    """Who decides on applications: people with a grant of the role `clerk` on it."""

    label, area = "办理组", "configure"
    reference = True
    search = columns = ("code", "name", "name_en", "phone")

    code = CharField(verbose_name="编号", max_length=20, unique=True)
    name = CharField(verbose_name="名称", max_length=40)
    name_en = CharField(verbose_name="英文名称", max_length=60, default="")
    phone = CharField(verbose_name="电话", max_length=20, default="")

    def __str__(self) -> str:
        return self.name


class Service(Entity):
    """An online service made in the panel; what it asks and how it goes stands in its editions."""

    # Frozen: changed in the builder, which keeps editions and services in step.
    label, area, frozen = "在线服务", "configure", True
    reference = True
    search = ("code",)
    columns = ("code", "position", "is_on_front", "is_open")

    code = CharField(verbose_name="编号", max_length=30, unique=True)
    position = IntegerField(verbose_name="顺序", default=1)
    is_on_front = BooleanField(verbose_name="放在首页", default=True)
    is_open = BooleanField(verbose_name="接受申请", default=True)
    version = IntegerField(default=1)
    created = DateTimeField(verbose_name="建立时间", default=utcnow)

    def __str__(self) -> str:
        return self.code


class Edition(Entity):
    """One version of a service. A published one is never changed; an application keeps the one it began with."""

    label, area, frozen = "服务版本", "configure", True
    reference = True
    search = ("name", "name_en")
    columns = ("service", "number", "name", "state", "published", "publisher")

    service = ForeignKeyField(Service, verbose_name="服务", backref="editions", on_delete="RESTRICT")
    number = IntegerField(verbose_name="版本号", default=1)
    state = CharField(verbose_name="状态", max_length=10, choices=EDITION_STATES, default="draft")
    # `<service>:draft`, `<service>:published` or empty, so that the database allows one of each.
    slot = CharField(max_length=40, null=True, unique=True)
    version = IntegerField(default=1)
    name = CharField(verbose_name="名称", max_length=20, default="")
    name_en = CharField(verbose_name="英文名称", max_length=40, default="")
    text = CharField(verbose_name="一句话说明", max_length=60, default="")
    text_en = CharField(verbose_name="英文说明", max_length=120, default="")
    intro = TextField(verbose_name="办理须知", default="", help_text="Markdown")
    intro_en = TextField(verbose_name="英文办理须知", default="", help_text="Markdown")
    icon = CharField(verbose_name="图标", max_length=40, default="file-earmark-text")
    # Who may apply: kinds of person (AUDIENCES) and codes of departments, each empty for everybody.
    audience = JSONField(verbose_name="谁可以办", dumps=_dumps, default=list)
    departments = JSONField(verbose_name="哪些部门可以办", dumps=_dumps, default=list)
    asks_place = BooleanField(verbose_name="要填楼宇", default=False)
    team = ForeignKeyField(
        Team,
        verbose_name="默认办理组",
        null=True,
        on_delete="RESTRICT",
        help_text="没有更具体的路由时由它办理",
    )
    created = DateTimeField(verbose_name="建立时间", default=utcnow)
    published = DateTimeField(verbose_name="发布时间", null=True)
    publisher = ForeignKeyField(Person, verbose_name="发布人", null=True, on_delete="SET NULL")

    class Meta:
        indexes = ((("service", "number"), True),)

    def __str__(self) -> str:
        return self.name


class ServiceState(Entity):
    """A state of an edition: what it is called, who holds an application in it, and for how long."""

    label, area, frozen = "服务状态", "configure", True
    reference = True
    columns = ("edition", "position", "code", "name", "phase", "holder", "team", "due_minutes")

    edition = ForeignKeyField(Edition, verbose_name="版本", backref="states", on_delete="CASCADE")
    position = IntegerField(verbose_name="顺序", default=1)
    code = CharField(verbose_name="编号", max_length=20)
    name = CharField(verbose_name="名称", max_length=20)
    name_en = CharField(verbose_name="英文名称", max_length=40, default="")
    phase = CharField(verbose_name="阶段", max_length=10, choices=APPLICATION_PHASES, default="open")
    holder = CharField(verbose_name="由谁处理", max_length=10, choices=STATE_HOLDERS, default="route")
    team = ForeignKeyField(Team, verbose_name="办理组", null=True, on_delete="RESTRICT")
    due_minutes = IntegerField(verbose_name="办理时限（分钟，按服务时间）", null=True)
    explain = CharField(verbose_name="给申请人的说明", max_length=200, default="")
    explain_en = CharField(verbose_name="英文说明", max_length=300, default="")

    class Meta:
        indexes = ((("edition", "code"), True),)

    def __str__(self) -> str:
        return self.name


class ServiceStep(Entity):
    """A step of an edition: from which states to which, who takes it, and what is told to whom."""

    label, area, frozen = "服务步骤", "configure", True
    reference = True
    columns = ("edition", "position", "code", "name", "sources", "target", "taker")

    edition = ForeignKeyField(Edition, verbose_name="版本", backref="steps", on_delete="CASCADE")
    position = IntegerField(verbose_name="顺序", default=1)
    code = CharField(verbose_name="编号", max_length=20)
    name = CharField(verbose_name="名称", max_length=20)
    name_en = CharField(verbose_name="英文名称", max_length=40, default="")
    sources = JSONField(verbose_name="从哪些状态", dumps=_dumps, default=list)
    target = CharField(verbose_name="到哪个状态", max_length=20)
    taker = CharField(verbose_name="谁来做", max_length=10, choices=STEP_TAKERS, default="holder")
    weight = CharField(
        verbose_name="样式",
        max_length=10,
        choices=[("primary", "主要"), ("secondary", "普通"), ("danger", "慎重")],
        default="secondary",
    )
    needs_note = BooleanField(verbose_name="必须写说明", default=False)
    tells_applicant = BooleanField(verbose_name="通知申请人", default=True)
    tells_team = BooleanField(verbose_name="通知接手的办理组", default=False)
    message = CharField(verbose_name="给申请人的话", max_length=120, default="")
    message_en = CharField(verbose_name="给申请人的话（英文）", max_length=160, default="")

    class Meta:
        indexes = ((("edition", "code"), True),)

    def __str__(self) -> str:
        return self.name


class ServiceRoute(Entity):
    """Which team an application goes to: the most specific row that fits, else the edition's own team."""

    label, area, frozen = "服务路由", "configure", True
    columns = ("edition", "building", "department", "question", "value", "team")

    edition = ForeignKeyField(Edition, verbose_name="版本", backref="routes", on_delete="CASCADE")
    building = ForeignKeyField(Building, verbose_name="楼宇", null=True, on_delete="RESTRICT")
    department = ForeignKeyField(Department, verbose_name="申请人的部门", null=True, on_delete="RESTRICT")
    question = CharField(verbose_name="问题", max_length=30, default="")
    value = CharField(verbose_name="回答", max_length=40, default="")
    team = ForeignKeyField(Team, verbose_name="办理组", on_delete="RESTRICT")


class Application(Entity):
    label, area, frozen = "服务申请", "configure", True
    search = ("number",)
    columns = ("number", "service", "status_name", "phase", "applicant", "team", "created", "due")
    private = ("phone",)
    promise = "due"

    number = CharField(verbose_name="单号", max_length=20, unique=True)
    service = ForeignKeyField(Service, verbose_name="服务", on_delete="RESTRICT")
    edition = ForeignKeyField(Edition, verbose_name="服务的版本", on_delete="RESTRICT")
    # The code of a state of the edition; its name stands beside it for lists.
    status = CharField(max_length=20)
    status_name = CharField(verbose_name="状态", max_length=20, default="")
    phase = CharField(verbose_name="阶段", max_length=10, choices=APPLICATION_PHASES, default="open", index=True)
    version = IntegerField(verbose_name="版本", default=1)
    applicant = ForeignKeyField(Person, verbose_name="申请人", backref="applications", on_delete="RESTRICT")
    phone = CharField(verbose_name="联系电话", max_length=20, default="")
    building = ForeignKeyField(Building, verbose_name="楼宇", null=True, on_delete="RESTRICT")
    room_number = CharField(verbose_name="房间号", max_length=20, default="")
    team = ForeignKeyField(Team, verbose_name="办理组", null=True, on_delete="RESTRICT")
    routed_why = CharField(verbose_name="路由依据", max_length=200, default="")
    created = DateTimeField(verbose_name="申请时间", default=utcnow, index=True)
    due = DateTimeField(verbose_name="承诺时间", null=True, index=True)
    told_late = DateTimeField(verbose_name="超时提醒", null=True)
    ended = DateTimeField(verbose_name="结束时间", null=True)

    class Meta:
        indexes = (
            (("applicant", "id"), False),
            (("team", "phase", "due"), False),
            (("service", "phase", "id"), False),
        )

    def __str__(self) -> str:
        return self.number


# --- rules and settings that are data -----------------------------------------------------------------


class Setting(Entity):
    """A figure or choice of the hall that somebody changed from its default (hall/settings.py knows them all)."""

    label, area, frozen = "参数", "trail", True
    reference = True
    columns = ("code", "value", "changed")

    code = CharField(verbose_name="编号", max_length=60, unique=True)
    value = JSONField(verbose_name="值", dumps=_dumps, null=True)
    changed = DateTimeField(verbose_name="修改时间", default=utcnow)

    def __str__(self) -> str:
        return self.code


class Wording(Entity):
    """The operator's own words for a sentence of the hall: a state, a step, a message. Empty means the default."""

    label, area, frozen = "用语", "trail", True
    reference = True
    search = ("code", "text", "text_en")
    columns = ("code", "text", "text_en", "changed")

    # `state:repair:accepted`, `explain:repair:accepted`, `step:repair:accept`, `tile:<code>`,
    # `message:<kind of subject>:<step>:<number of the audience>`.
    code = CharField(verbose_name="编号", max_length=80, unique=True)
    text = CharField(verbose_name="文字", max_length=300, default="")
    text_en = CharField(verbose_name="英文文字", max_length=500, default="")
    changed = DateTimeField(verbose_name="修改时间", default=utcnow)

    def __str__(self) -> str:
        return self.code


class FrontTile(Entity):
    """What the operator changed of a tile of the front page: its place, its words, whether it shows."""

    label, area, frozen = "首页入口", "trail", True
    reference = True
    columns = ("code", "position", "is_shown")

    code = CharField(verbose_name="编号", max_length=40, unique=True)
    position = IntegerField(verbose_name="顺序", default=1)
    is_shown = BooleanField(verbose_name="显示", default=True)

    def __str__(self) -> str:
        return self.code


class DutyContact(Entity):
    """Whom a rule can tell outside the hours: a person of the hall, an address for mail, or both."""

    label, area = "值班联系人", "configure"
    reference = True
    search = columns = ("name", "phone", "email")

    name = CharField(verbose_name="名称", max_length=40, unique=True)
    phone = CharField(verbose_name="电话", max_length=20, default="")
    person = ForeignKeyField(Person, verbose_name="账号", null=True, on_delete="SET NULL")
    email = CharField(verbose_name="邮箱", max_length=120, default="", help_text="值班手机的邮件转短信地址也可以")

    def __str__(self) -> str:
        return self.name


class Rule(Entity):
    """When something happens in a flow and the conditions hold, then do this (hall/rules.py)."""

    label, area, frozen = "自动规则", "trail", True
    reference = True
    search = ("name",)
    columns = ("name", "flow", "step", "action", "is_on", "created")

    name = CharField(verbose_name="名称", max_length=60, unique=True)
    flow = CharField(verbose_name="流程", max_length=20)
    step = CharField(verbose_name="步骤", max_length=40, default="", help_text="留空表示任何一步")
    # [{"field": …, "is": …, "value": …}], all of which must hold.
    conditions = JSONField(verbose_name="条件", dumps=_dumps, default=list)
    action = CharField(verbose_name="就", max_length=10, choices=RULE_ACTIONS)
    # What the action needs: {"audience": …, "text": …, "text_en": …, "duty": …}.
    params = JSONField(verbose_name="做法", dumps=_dumps, default=dict)
    is_on = BooleanField(verbose_name="启用", default=True)
    version = IntegerField(default=1)
    created = DateTimeField(verbose_name="建立时间", default=utcnow)

    def __str__(self) -> str:
        return self.name


class RuleHit(Entity):
    """What a rule did because of one event; it never acts twice on the same."""

    label, area, frozen = "规则记录", "trail", True
    columns = ("rule", "subject_type", "subject_id", "said", "at")

    rule = ForeignKeyField(Rule, verbose_name="规则", backref="hits", on_delete="CASCADE")
    event = ForeignKeyField(Event, verbose_name="事件", on_delete="RESTRICT")
    subject_type = CharField(verbose_name="对象", max_length=30)
    subject_id = IntegerField(verbose_name="对象编号")
    said = CharField(verbose_name="做了什么", max_length=200, default="")
    at = DateTimeField(verbose_name="时间", default=utcnow, index=True)

    class Meta:
        indexes = ((("rule", "event"), True), (("subject_type", "subject_id"), False))


class Mark(Entity):
    """A word that a rule or a person put on a subject: 重复报修, 需关注."""

    label, area, frozen = "标记", "trail", True
    columns = ("text", "subject_type", "subject_id", "created")

    subject_type = CharField(verbose_name="对象", max_length=30)
    subject_id = IntegerField(verbose_name="对象编号")
    text = CharField(verbose_name="标记", max_length=20)
    text_en = CharField(verbose_name="英文标记", max_length=40, default="")
    rule = ForeignKeyField(Rule, verbose_name="规则", null=True, on_delete="SET NULL")
    created = DateTimeField(verbose_name="时间", default=utcnow)

    class Meta:
        indexes = ((("subject_type", "subject_id", "text"), True), (("subject_type", "text", "subject_id"), False))


# --- the panel ----------------------------------------------------------------------------------------


class SavedView(Entity):
    """A list of the panel as somebody wants it again: its filters, order and columns."""

    label, area, frozen = "列表视图", "configure", True
    columns = ("subject_type", "name", "person", "is_shared", "position")

    person = ForeignKeyField(Person, verbose_name="人员", on_delete="CASCADE")
    subject_type = CharField(verbose_name="对象", max_length=30)
    name = CharField(verbose_name="名称", max_length=20)
    # What the address says: {"flt_…": …, "search": …, "sort": …, "columns": …}.
    said = JSONField(verbose_name="条件", dumps=_dumps, default=dict)
    is_shared = BooleanField(verbose_name="共享", default=False)
    position = IntegerField(verbose_name="顺序", default=1)

    class Meta:
        indexes = ((("person", "subject_type", "name"), True), (("subject_type", "is_shared"), False))

    def __str__(self) -> str:
        return self.name


class Archived(Entity):
    """A row that was put away: it stays readable where it was used, and is offered nowhere any more."""

    label, area, frozen = "归档", "trail", True
    reference = True
    columns = ("subject_type", "subject_id", "title", "person", "at")

    subject_type = CharField(verbose_name="对象", max_length=30)
    subject_id = IntegerField(verbose_name="对象编号")
    title = CharField(verbose_name="名称", max_length=200, default="")
    person = ForeignKeyField(Person, verbose_name="经办人", null=True, on_delete="SET NULL")
    at = DateTimeField(verbose_name="时间", default=utcnow)

    class Meta:
        indexes = ((("subject_type", "subject_id"), True),)


class ImportRun(Entity):
    """One file that is read into an entity: how its columns are mapped and how far it is (hall/import_runs.py)."""

    label, area, frozen = "导入记录", "trail", True
    columns = ("subject_type", "file_name", "person", "state", "total", "written", "problems", "created")

    person = ForeignKeyField(Person, verbose_name="人员", null=True, on_delete="SET NULL")
    subject_type = CharField(verbose_name="对象", max_length=30)
    file_name = CharField(verbose_name="文件", max_length=120)
    # Where the rows lie, under the data folder; deleted some days after the end.
    stored = CharField(max_length=60, default="")
    mapping = JSONField(verbose_name="列", dumps=_dumps, default=dict)
    state = CharField(verbose_name="状态", max_length=10, choices=IMPORT_STATES, default="mapping")
    version = IntegerField(default=1)
    total = IntegerField(verbose_name="行数", default=0)
    checked = IntegerField(verbose_name="已检查", default=0)
    written = IntegerField(verbose_name="已导入", default=0)
    problems = IntegerField(verbose_name="有误", default=0)
    created = DateTimeField(verbose_name="时间", default=utcnow)
    ended = DateTimeField(verbose_name="结束", null=True)


# --- for leaders --------------------------------------------------------------------------------------


class Skill(Entity):
    """What a worker is good at, for the suggestion of who should go."""

    label, area = "维修技能", "repairs"
    columns = ("person", "item", "level")

    person = ForeignKeyField(Person, verbose_name="维修工", backref="skills", on_delete="CASCADE")
    item = ForeignKeyField(RepairItem, verbose_name="项目或大类", on_delete="CASCADE")
    level = IntegerField(verbose_name="熟练程度", choices=[(1, "会"), (2, "熟练"), (3, "专长")], default=2)

    class Meta:
        indexes = ((("person", "item"), True),)


class MonthlyReport(Entity):
    """A report of one month as it was made: PDF and XLSX lie beside each other in the report folder."""

    label, area, frozen = "月报", "website", True
    columns = ("month", "language", "made", "person")

    month = DateField(verbose_name="月份", help_text="当月一日")
    language = CharField(verbose_name="语言", max_length=5, choices=LANGUAGES, default="zh")
    name = CharField(max_length=40, unique=True)
    made = DateTimeField(verbose_name="生成时间", default=utcnow)
    person = ForeignKeyField(Person, verbose_name="生成人", null=True, on_delete="SET NULL")

    class Meta:
        indexes = ((("month", "language"), True),)


# --- numbers ------------------------------------------------------------------------------------------


class Counter(Entity):
    """Numbers handed out one by one, for instance of the orders of a day."""

    label, area, frozen = "编号计数", "trail", True
    columns = ("name", "value")

    name = CharField(verbose_name="名称", max_length=40, unique=True)
    value = IntegerField(verbose_name="当前值", default=0)


def held(query: Any) -> Any:
    """A select whose rows stay as they are until the caller's transaction ends; SQLite holds the whole database."""
    return query.for_update() if database.for_update else query


def tuples(query: Any) -> list[tuple[Any, ...]]:
    """The rows of a select as plain tuples: a third cheaper than entities where a page is hot or a column is enough."""
    return list(query.tuples())


ENTITIES: list[type[Entity]] = [
    entity for base in Entity.__subclasses__() for entity in (base.__subclasses__() if base is Moderated else [base])
]
MODERATED: list[type[Moderated]] = Moderated.__subclasses__()
