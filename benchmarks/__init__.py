"""Ratios of what the suite costs against what the same work costs without it, measured side by side."""
