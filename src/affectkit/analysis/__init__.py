"""What figures and labels are worth: thresholds, calibration, significance, wheels of words."""
