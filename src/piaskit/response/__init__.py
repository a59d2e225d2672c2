"""How the response to an incident unfolds in time: steps of people on shift, then notification."""

from piaskit.response.channel import Channel
from piaskit.response.notification import Notification, Persons, simulate_notification
from piaskit.response.opening import Opening
from piaskit.response.plan import Plan, Shift, Step, draw_work
from piaskit.response.quantiles import Quantile, estimate_quantiles
from piaskit.response.response import Response, simulate_response
from piaskit.response.schedule import schedule_steps
from piaskit.response.shares import Difference, bound_share, compare_medians, compare_shares
from piaskit.response.streams import open_stream

__all__ = [
    "Channel",
    "Difference",
    "Notification",
    "Opening",
    "Persons",
    "Plan",
    "Quantile",
    "Response",
    "Shift",
    "Step",
    "bound_share",
    "compare_medians",
    "compare_shares",
    "draw_work",
    "estimate_quantiles",
    "open_stream",
    "schedule_steps",
    "simulate_notification",
    "simulate_response",
]
