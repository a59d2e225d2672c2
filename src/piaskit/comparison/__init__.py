"""Two states of a case side by side: what changed in the inventory, which risk moved, and why."""

from piaskit.comparison.comparison import Comparison as Comparison
from piaskit.comparison.comparison import compare_cases as compare_cases
