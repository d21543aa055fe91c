"""Methods: one flat file per paper's model."""
