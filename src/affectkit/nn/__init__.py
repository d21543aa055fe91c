"""Networks: encoders, fusions, heads, objectives. Needs the train extra."""
