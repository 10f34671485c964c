"""Recurring revenue: every change of it is a row, so that sums cannot count twice."""
