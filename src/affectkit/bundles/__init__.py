"""Shipped models: `.affect` files."""
