"""The analyses, one file each; every module holds its METHOD."""
