"""Flask to dots: sizes, confinement, spectra, recombination, stability."""
