"""The Bootstrap icon of every entity and area; an entity without one has that of its area."""

AREAS = {
    "repairs": "tools", "supervision": "megaphone", "boards": "bag-heart", "people": "people", "places": "building",
    "settings": "gear", "trail": "clock-history",
}  # fmt: skip
ENTITIES = {
    "department": "diagram-2", "person": "person", "grant": "key", "campus": "map", "building": "building",
    "room": "door-open", "bed": "lamp", "service_hours": "clock", "calendar_period": "calendar-week",
    "maintenance_group": "people", "repair_item": "list-check", "routing_rule": "signpost-split",
    "price_book_entry": "tags", "repair_order": "clipboard-check", "assignment": "person-walking",
    "order_follower": "bookmark", "settlement_line": "calculator", "rating": "star", "sign_in": "laptop",
    "sign_in_failure": "shield-exclamation", "photo": "images", "daily_root": "fingerprint",
    "notification": "bell", "counter": "hash", "thread": "megaphone", "comment": "chat-left-text",
    "reply": "reply", "submission": "hourglass-split", "report": "flag", "sensitive_word": "shield-lock",
    "reason_template": "card-text", "reply_template": "card-text", "moderation_rule": "sliders",
    "saved_filter": "funnel", "assistance": "people", "support": "hand-thumbs-up", "thread_follower": "bookmark",
    "team": "people", "service": "window-stack", "edition": "layers", "service_state": "flag",
    "service_step": "arrow-right-circle", "service_route": "signpost-split",
    "application": "file-earmark-text", "answer": "chat-square-dots",
    "item_kind": "collection", "lost_property_desk": "shop-window", "property_notice": "search-heart",
    "claim": "person-raised-hand", "property_match": "intersect", "listing_category": "grid",
    "safe_place": "geo-alt", "banned_goods": "slash-circle", "trust_level": "patch-check", "listing": "bag",
    "price_change": "graph-down", "reservation": "hourglass", "deal_rating": "star-half", "favourite": "heart",
    "saved_search": "binoculars", "conversation": "chat-dots", "message": "chat-left-dots",
    "article": "newspaper", "attachment": "paperclip", "service_link": "signpost", "site_text": "chat-square-quote",
    "import_run": "file-earmark-arrow-up",
    "setting": "sliders", "wording": "chat-square-quote", "front_tile": "grid", "duty_contact": "telephone-forward",
    "rule": "robot", "rule_hit": "lightning", "mark": "tag",
    "contact_settings": "envelope-at", "delivery": "send", "delivery_item": "envelope-paper",
}  # fmt: skip


def of(table: str, area: str = "") -> str:
    """The icon of an entity by its table name, else of its area, else of any table."""
    return ENTITIES.get(table) or AREAS.get(area, "table")
