"""The stack of a study as rows and properties, and its changes as changes of the study's text."""
