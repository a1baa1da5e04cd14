"""What a study gave: its states, their summary, and the files they are kept in."""
