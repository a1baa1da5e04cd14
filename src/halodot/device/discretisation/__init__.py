"""The grid of a device, what is known at its nodes and edges, and the equations between them."""
