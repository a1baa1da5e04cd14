"""Where every photon goes, and what a person sees of it."""
