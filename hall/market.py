"""The second-hand market 二手市场 from offer to deal (`requirements.md` 31): its verbs in one place.

What sellers do is in `market_offer`, what the two do with each other in `market_deal`, what time does in
`market_timers`; what is read for pages in `market_reading`.
"""

from hall.banned import doubtful, refuse_banned
from hall.market_deal import (
    confirm,
    contact,
    favourite,
    interested,
    rate,
    ratings_of,
    release,
    reserve,
    unfavourite,
)
from hall.market_flow import MOST_FEN, days, flow, price, rating_ends
from hall.market_offer import change_price, offer, put_back, renew, take_down
from hall.market_timers import expire, lapse, remind, run_timers
from hall.saved_searches import forget_search, save_search, searches_matching, searches_of

__all__ = [
    "MOST_FEN",
    "change_price",
    "confirm",
    "contact",
    "days",
    "doubtful",
    "expire",
    "favourite",
    "flow",
    "forget_search",
    "interested",
    "lapse",
    "offer",
    "price",
    "put_back",
    "rate",
    "rating_ends",
    "ratings_of",
    "refuse_banned",
    "release",
    "remind",
    "renew",
    "reserve",
    "run_timers",
    "save_search",
    "searches_matching",
    "searches_of",
    "take_down",
    "unfavourite",
]
