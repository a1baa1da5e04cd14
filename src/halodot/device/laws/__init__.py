"""The local laws of a device: carriers, recombination, fluxes, excitons."""
