"""Measurements against bare baselines in the same run. They print figures and assert none."""
