"""The stages called in their order, for one study or for many."""
