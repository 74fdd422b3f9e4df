from peewee import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
    TimeField,
)


def up(migrator, db):
    class Department(Model):
        class Meta:
            database = db
            table_name = "department"

    class Notification(Model):
        class Meta:
            database = db
            table_name = "notification"

    class Person(Model):
        class Meta:
            database = db
            table_name = "person"

    class Article(Model):
        code = CharField(unique=True, max_length=40)
        kind = CharField(max_length=10)
        title = CharField(max_length=80)
        title_en = CharField(max_length=160, default="")
        summary = CharField(max_length=200, default="")
        summary_en = CharField(max_length=400, default="")
        text = TextField()
        text_en = TextField(default="")
        department = ForeignKeyField(Department, null=True, on_delete="RESTRICT")
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        publish = DateTimeField(null=True)
        until = DateTimeField(null=True)
        is_pinned = BooleanField(default=False)
        position = IntegerField(default=1)
        version = IntegerField(default=1)
        created = DateTimeField()
        updated = DateTimeField()

        class Meta:
            database = db
            table_name = "article"
            indexes = ((("kind", "publish", "id"), False),)

    db.create_tables([Article])

    class Attachment(Model):
        name = CharField(unique=True, max_length=40)
        article = ForeignKeyField(Article, on_delete="RESTRICT")
        filename = CharField(max_length=120)
        mime = CharField(max_length=100)
        size = IntegerField()
        created = DateTimeField()
        removed = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "attachment"

    db.create_tables([Attachment])

    class ContactSettings(Model):
        person = ForeignKeyField(Person, unique=True, on_delete="CASCADE")
        language = CharField(max_length=5, default="zh")
        email = CharField(max_length=200, default="")
        confirmed = DateTimeField(null=True)
        by_mail = BooleanField(default=True)
        muted = JSONField(default=list)
        quiet_from = TimeField(null=True)
        quiet_until = TimeField(null=True)
        digest_at = TimeField(null=True)
        updated = DateTimeField()

        class Meta:
            database = db
            table_name = "contact_settings"

    db.create_tables([ContactSettings])

    class Delivery(Model):
        person = ForeignKeyField(Person, on_delete="CASCADE")
        channel = CharField(max_length=10, default="mail")
        address = CharField(max_length=200)
        language = CharField(max_length=5, default="zh")
        template = CharField(max_length=30, default="one")
        subject = CharField(max_length=200, default="")
        status = CharField(max_length=10, default="waiting")
        tries = IntegerField(default=0)
        due = DateTimeField()
        claimed_until = DateTimeField(null=True)
        sent = DateTimeField(null=True)
        error = CharField(max_length=300, default="")
        message_id = CharField(unique=True, max_length=120)
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "delivery"
            indexes = ((("status", "due", "id"), False), (("person", "id"), False))

    db.create_tables([Delivery])

    class DeliveryItem(Model):
        delivery = ForeignKeyField(Delivery, on_delete="CASCADE")
        notification = ForeignKeyField(Notification, on_delete="CASCADE")
        channel = CharField(max_length=10, default="mail")

        class Meta:
            database = db
            table_name = "delivery_item"
            indexes = ((("notification", "channel"), True),)

    db.create_tables([DeliveryItem])

    class MonthlyFigure(Model):
        month = DateField()
        service = CharField(max_length=20)
        scope = CharField(max_length=12, default="all")
        code = CharField(max_length=20, default="")
        cases = IntegerField(default=0)
        done = IntegerField(default=0)
        respond_minutes = IntegerField(null=True)
        responded = IntegerField(default=0)
        finish_minutes = IntegerField(null=True)
        kept = IntegerField(default=0)
        promised = IntegerField(default=0)
        rating = FloatField(null=True)
        marks = IntegerField(default=0)
        updated = DateTimeField()

        class Meta:
            database = db
            table_name = "monthly_figure"
            indexes = ((("month", "service", "scope", "code"), True),)

    db.create_tables([MonthlyFigure])

    class ServiceLink(Model):
        name = CharField(unique=True, max_length=20)
        name_en = CharField(max_length=40, default="")
        text = CharField(max_length=60, default="")
        text_en = CharField(max_length=120, default="")
        link = CharField(max_length=200)
        icon = CharField(max_length=40, default="link-45deg")
        position = IntegerField(default=1)
        is_on_front = BooleanField(default=False)
        is_shown = BooleanField(default=True)

        class Meta:
            database = db
            table_name = "service_link"

    db.create_tables([ServiceLink])

    class SiteText(Model):
        code = CharField(unique=True, max_length=30)
        name = CharField(max_length=60)
        text = CharField(max_length=300, default="")
        text_en = CharField(max_length=500, default="")

        class Meta:
            database = db
            table_name = "site_text"

    db.create_tables([SiteText])

    migrator.migrate(migrator.add_column("department", "name_en", CharField(max_length=80, default="")))
    migrator.migrate(migrator.add_column("campus", "name_en", CharField(max_length=60, default="")))
    migrator.migrate(migrator.add_column("building", "name_en", CharField(max_length=80, default="")))
    migrator.migrate(migrator.add_column("person", "forgotten", DateTimeField(null=True, index=True)))
    migrator.migrate(migrator.add_column("repair_item", "name_en", CharField(max_length=80, default="")))
    migrator.migrate(migrator.add_column("repair_item", "tip_en", TextField(default="")))
    migrator.migrate(migrator.add_column("repair_item", "emergency_en", TextField(default="")))
    migrator.migrate(migrator.add_column("maintenance_group", "name_en", CharField(max_length=60, default="")))
    migrator.migrate(migrator.add_column("banned_goods", "name_en", CharField(max_length=60, default="")))
    migrator.migrate(migrator.add_column("banned_goods", "note_en", CharField(max_length=300, default="")))
    migrator.migrate(migrator.add_column("lost_property_desk", "name_en", CharField(max_length=60, default="")))
    migrator.migrate(migrator.add_column("lost_property_desk", "spot_en", CharField(max_length=100, default="")))
    migrator.migrate(migrator.add_column("lost_property_desk", "hours_en", CharField(max_length=100, default="")))
    migrator.migrate(migrator.add_column("safe_place", "note_en", CharField(max_length=200, default="")))
    migrator.migrate(migrator.add_column("notification", "passed_on", DateTimeField(index=True, null=True)))
    # What was told before there was mail stays where it was told.
    db.execute_sql("UPDATE notification SET passed_on = created")


def down(migrator, db):
    migrator.migrate(migrator.drop_index("notification", "notification_passed_on"))
    migrator.migrate(migrator.drop_column("notification", "passed_on"))
    migrator.migrate(migrator.drop_column("safe_place", "note_en"))
    migrator.migrate(migrator.drop_column("lost_property_desk", "hours_en"))
    migrator.migrate(migrator.drop_column("lost_property_desk", "spot_en"))
    migrator.migrate(migrator.drop_column("lost_property_desk", "name_en"))
    migrator.migrate(migrator.drop_column("banned_goods", "note_en"))
    migrator.migrate(migrator.drop_column("banned_goods", "name_en"))
    migrator.migrate(migrator.drop_column("maintenance_group", "name_en"))
    migrator.migrate(migrator.drop_column("repair_item", "emergency_en"))
    migrator.migrate(migrator.drop_column("repair_item", "tip_en"))
    migrator.migrate(migrator.drop_column("repair_item", "name_en"))
    migrator.migrate(migrator.drop_index("person", "person_forgotten"))
    migrator.migrate(migrator.drop_column("person", "forgotten"))
    migrator.migrate(migrator.drop_column("building", "name_en"))
    migrator.migrate(migrator.drop_column("campus", "name_en"))
    migrator.migrate(migrator.drop_column("department", "name_en"))
    migrator.migrate(migrator.drop_table("site_text"))
    migrator.migrate(migrator.drop_table("service_link"))
    migrator.migrate(migrator.drop_table("monthly_figure"))
    migrator.migrate(migrator.drop_table("delivery_item"))
    migrator.migrate(migrator.drop_table("delivery"))
    migrator.migrate(migrator.drop_table("contact_settings"))
    migrator.migrate(migrator.drop_table("attachment"))
    migrator.migrate(migrator.drop_table("article"))
