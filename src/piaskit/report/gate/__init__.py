"""The gate reads the finished files of a public edition as an outsider would, and refuses leaks.

The document was already built from public facts alone and scanned (``report.leaks``); here nothing
is trusted but the bytes: what a reader sees, what a tool digs out, what a name gives away.
"""

from piaskit.report.gate.edition import gate_edition
from piaskit.report.gate.passage import Passage, TooMuch, Unreadable, read_passages

__all__ = ["Passage", "TooMuch", "Unreadable", "gate_edition", "read_passages"]
