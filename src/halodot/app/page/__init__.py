"""The page itself: its elements, its parts, and how they are laid out."""
