"""``python -m halodot`` is the command line."""

from halodot.cli import main

main()
