"""The published device of the library: what it is calibrated on, held against and reproduced by."""
