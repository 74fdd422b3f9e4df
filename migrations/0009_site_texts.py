"""The sentences that the website begins with. The operator words them anew; an empty one is not shown."""

from peewee import CharField, Model

# code, name, text, text_en
TEXTS = [
    (
        "emergency",
        "紧急情况怎么办",
        "水管爆裂、漏电、电梯困人、消防设施损坏：请先离开危险的地方，再打电话。",
        "Burst pipe, live wire, somebody stuck in a lift, broken fire equipment: get to a safe place first, then call.",
    ),
    (
        "off_hours",
        "非服务时间的说明",
        "现在照样可以提交，上班后按先后处理；紧急报修昼夜都派人。",
        "You can still report now, and it is taken in turn when we open. Urgent repairs are attended to day and night.",
    ),
    ("hotline", "服务热线（留空用调度中心的电话）", "", ""),
    ("wechat_name", "微信公众号的名称", "", ""),
    ("wechat_link", "微信公众号二维码的内容", "", ""),
    (
        "footer",
        "页脚的一句话",
        "后勤服务集团 · 始于师生需求，至于师生满意",
        "Logistics Services Group · begins with what you need, ends when you are content",
    ),
]


def up(migrator, db):
    class SiteText(Model):
        code = CharField(unique=True, max_length=30)
        name = CharField(max_length=60)
        text = CharField(max_length=300, default="")
        text_en = CharField(max_length=500, default="")

        class Meta:
            database = db
            table_name = "site_text"

    SiteText.insert_many(TEXTS, fields=[SiteText.code, SiteText.name, SiteText.text, SiteText.text_en]).execute()


def down(migrator, db):
    db.execute_sql("DELETE FROM site_text")
