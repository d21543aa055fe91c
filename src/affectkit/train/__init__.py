"""Training procedures on Accelerate: a library of verbs, composed by methods."""
