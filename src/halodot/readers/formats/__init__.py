"""One file a format: how it is recognised (``sniff``) and how it is read (``read``), named by a `Reader`."""
