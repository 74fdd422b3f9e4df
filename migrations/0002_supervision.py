from peewee import (
    SQL,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)


def up(migrator, db):
    class Department(Model):
        class Meta:
            database = db
            table_name = "department"

    class MaintenanceGroup(Model):
        class Meta:
            database = db
            table_name = "maintenance_group"

    class Person(Model):
        class Meta:
            database = db
            table_name = "person"

    class RepairOrder(Model):
        class Meta:
            database = db
            table_name = "repair_order"

    class Thread(Model):
        moderation = CharField(index=True, max_length=20, default="pending")
        version = IntegerField(default=1)
        author = ForeignKeyField(Person, field=Person.id, on_delete="RESTRICT")
        photos = JSONField(default=list)
        created = DateTimeField()
        published = DateTimeField(null=True)
        number = CharField(unique=True, max_length=20)
        kind = CharField(max_length=20)
        status = CharField(index=True, max_length=20, default="submitted")
        title = CharField(max_length=60)
        text = TextField()
        shown_as = CharField(max_length=10, default="role")
        phone = CharField(max_length=20, default="")
        order = ForeignKeyField(RepairOrder, null=True, on_delete="RESTRICT")
        praised_worker = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        praised_group = ForeignKeyField(MaintenanceGroup, null=True, on_delete="RESTRICT")
        department = ForeignKeyField(Department, null=True, on_delete="RESTRICT")
        handler = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        forwarded = DateTimeField(null=True)
        return_until = DateTimeField(null=True)
        due = DateTimeField(null=True)
        extensions = IntegerField(default=0)
        supervised = IntegerField(default=0)
        answered = DateTimeField(null=True)
        done = DateTimeField(null=True)
        reopened = IntegerField(default=0)
        score = IntegerField(null=True, constraints=[SQL("CHECK (score BETWEEN 1 AND 5)")])
        supports = IntegerField(default=0)
        main = ForeignKeyField("self", null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "thread"
            indexes = (
                (("moderation", "published", "id"), False),
                (("moderation", "supports", "id"), False),
                (("department", "status", "due"), False),
                (("author", "id"), False),
                (("status", "answered"), False),
            )

    db.create_tables([Thread])

    class Assistance(Model):
        thread = ForeignKeyField(Thread, on_delete="RESTRICT")
        department = ForeignKeyField(Department, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "assistance"
            indexes = ((("thread", "department"), True),)

    db.create_tables([Assistance])

    class Comment(Model):
        moderation = CharField(index=True, max_length=20, default="pending")
        version = IntegerField(default=1)
        author = ForeignKeyField(Person, field=Person.id, on_delete="RESTRICT")
        photos = JSONField(default=list)
        created = DateTimeField()
        published = DateTimeField(null=True)
        thread = ForeignKeyField(Thread, on_delete="RESTRICT")
        text = TextField()
        shown_as = CharField(max_length=10, default="role")

        class Meta:
            database = db
            table_name = "comment"

    db.create_tables([Comment])

    class ModerationRule(Model):
        subject_type = CharField(unique=True, max_length=30)
        minutes = IntegerField(default=240, constraints=[SQL("CHECK (minutes > 0)")])
        trusted_after = IntegerField(null=True, constraints=[SQL("CHECK (trusted_after > 0)")])

        class Meta:
            database = db
            table_name = "moderation_rule"

    db.create_tables([ModerationRule])

    class ReasonTemplate(Model):
        decision = CharField(index=True, max_length=20)
        code = CharField(max_length=20, default="other")
        text = CharField(max_length=200)
        text_en = CharField(max_length=300)
        position = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "reason_template"

    db.create_tables([ReasonTemplate])

    class Reply(Model):
        moderation = CharField(index=True, max_length=20, default="pending")
        version = IntegerField(default=1)
        author = ForeignKeyField(Person, field=Person.id, on_delete="RESTRICT")
        photos = JSONField(default=list)
        created = DateTimeField()
        published = DateTimeField(null=True)
        thread = ForeignKeyField(Thread, on_delete="RESTRICT")
        department = ForeignKeyField(Department, on_delete="RESTRICT")
        text = TextField()
        measures = TextField(default="")
        promised = CharField(max_length=10, default="")
        kept = DateField(null=True)

        class Meta:
            database = db
            table_name = "reply"

    db.create_tables([Reply])

    class ReplyTemplate(Model):
        name = CharField(unique=True, max_length=40)
        department = ForeignKeyField(Department, null=True, on_delete="CASCADE")
        text = TextField()
        measures = TextField(default="")

        class Meta:
            database = db
            table_name = "reply_template"

    db.create_tables([ReplyTemplate])

    class Report(Model):
        subject_type = CharField(max_length=30)
        subject_id = IntegerField()
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        code = CharField(max_length=20)
        note = TextField(default="")
        result = CharField(max_length=20, default="")
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "report"
            indexes = ((("subject_type", "subject_id", "person"), True),)

    db.create_tables([Report])

    class SavedFilter(Model):
        person = ForeignKeyField(Person, on_delete="CASCADE")
        name = CharField(max_length=20)
        wanted = JSONField(default=dict)

        class Meta:
            database = db
            table_name = "saved_filter"
            indexes = ((("person", "name"), True),)

    db.create_tables([SavedFilter])

    class SensitiveWord(Model):
        word = CharField(unique=True, max_length=40)
        action = CharField(max_length=10, default="hold")
        is_active = BooleanField(default=True)
        note = CharField(max_length=100, default="")

        class Meta:
            database = db
            table_name = "sensitive_word"

    db.create_tables([SensitiveWord])

    class Submission(Model):
        subject_type = CharField(max_length=30)
        subject_id = IntegerField()
        slot = CharField(unique=True, null=True, max_length=60)
        status = CharField(max_length=20, default="waiting")
        cause = CharField(max_length=10, default="first")
        kind = CharField(max_length=20, default="")
        content = JSONField(default=dict)
        previous = JSONField(default=dict)
        version = IntegerField(default=1)
        risk = IntegerField(default=0)
        author = ForeignKeyField(Person, on_delete="RESTRICT")
        department = ForeignKeyField(Department, null=True, on_delete="RESTRICT")
        barred = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        submitted = DateTimeField()
        due = DateTimeField()
        claimed_by = ForeignKeyField(Person, null=True, on_delete="SET NULL")
        claimed_until = DateTimeField(null=True)
        decision = CharField(max_length=20, default="")
        reason = CharField(max_length=20, default="")
        note = TextField(default="")
        masked = JSONField(default=list)
        decided_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        decided = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "submission"
            indexes = (
                (("status", "due", "id"), False),
                (("status", "decided"), False),
                (("author", "id"), False),
                (("subject_type", "subject_id", "id"), False),
            )

    db.create_tables([Submission])

    class Support(Model):
        thread = ForeignKeyField(Thread, on_delete="RESTRICT")
        person = ForeignKeyField(Person, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "support"
            indexes = ((("thread", "person"), True),)

    db.create_tables([Support])

    class ThreadFollower(Model):
        thread = ForeignKeyField(Thread, on_delete="RESTRICT")
        person = ForeignKeyField(Person, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "thread_follower"
            indexes = ((("thread", "person"), True),)

    db.create_tables([ThreadFollower])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("thread_follower"))
    migrator.migrate(migrator.drop_table("support"))
    migrator.migrate(migrator.drop_table("submission"))
    migrator.migrate(migrator.drop_table("sensitive_word"))
    migrator.migrate(migrator.drop_table("saved_filter"))
    migrator.migrate(migrator.drop_table("report"))
    migrator.migrate(migrator.drop_table("reply_template"))
    migrator.migrate(migrator.drop_table("reply"))
    migrator.migrate(migrator.drop_table("reason_template"))
    migrator.migrate(migrator.drop_table("moderation_rule"))
    migrator.migrate(migrator.drop_table("comment"))
    migrator.migrate(migrator.drop_table("assistance"))
    migrator.migrate(migrator.drop_table("thread"))
