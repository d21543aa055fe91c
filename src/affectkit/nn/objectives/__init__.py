"""Objectives: from logits and targets to a loss per judged target."""
