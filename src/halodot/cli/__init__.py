"""The command line: each command names what it does, and loads what it needs when it is called."""

from halodot.cli.application import app, main

__all__ = ["app", "main"]
