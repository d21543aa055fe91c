"""How an input is cut into parts and how these are covered, one file per form that modalities read."""
