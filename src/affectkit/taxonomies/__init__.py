"""Label schemes, one file each; each maps to the hub and back (see `affectkit.hub`)."""
