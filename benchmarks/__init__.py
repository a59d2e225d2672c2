"""What large registers cost, measured by hand."""
