"""How the response to an incident unfolds in time: notification over channels, in many trials."""

from piaskit.response.channel import Channel
from piaskit.response.notification import Notification, Persons, simulate_notification
from piaskit.response.quantiles import Quantile, estimate_quantiles
from piaskit.response.streams import open_stream

__all__ = [
    "Channel",
    "Notification",
    "Persons",
    "Quantile",
    "estimate_quantiles",
    "open_stream",
    "simulate_notification",
]
