"""``python -m piaskit``: the command line."""

from piaskit.cli import main

main()
