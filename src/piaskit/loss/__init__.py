"""Loss: how many persons a year, at what cost, and how sure; exactly where mathematics allows."""

from piaskit.loss.losses import Losses
from piaskit.loss.quantify import quantify_losses

__all__ = ["Losses", "quantify_losses"]
