"""Serving with numpy and onnxruntime alone: bundles, sessions, predictions."""
