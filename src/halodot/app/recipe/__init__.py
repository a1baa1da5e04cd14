"""The recipe as a chemist reads and changes it: rows with fields, steps that come, go and move, and its readings."""
