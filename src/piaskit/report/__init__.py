"""From results to a report: what it says, how it is drawn, and the files it becomes."""
