"""Announcements in Home Assistant: who speaks them, where they are, who is told."""

from .announcement import UNKNOWN_PLAYER, Announcement, Part
from .announcer import Announcer, announcer, async_setup_announcer
from .delays import LONGEST_DELAY_S, SIGNAL_NEW_PLAYER, Delays
from .delivery import Delivery, deliveries, is_converted, possible
from .follower import SIGNAL_ANNOUNCEMENT, SIGNAL_CUE, Follower
from .order import Order, Priority
from .payer import BudgetError, DailyBudgetError, MonthlyBudgetError, Payer
from .performance import Performance
from .stand_in import StandIn, is_standing_in

__all__ = [
    "LONGEST_DELAY_S",
    "SIGNAL_ANNOUNCEMENT",
    "SIGNAL_CUE",
    "SIGNAL_NEW_PLAYER",
    "UNKNOWN_PLAYER",
    "Announcement",
    "Announcer",
    "BudgetError",
    "DailyBudgetError",
    "Delays",
    "Delivery",
    "Follower",
    "MonthlyBudgetError",
    "Order",
    "Part",
    "Payer",
    "Performance",
    "Priority",
    "StandIn",
    "announcer",
    "async_setup_announcer",
    "deliveries",
    "is_converted",
    "is_standing_in",
    "possible",
]
