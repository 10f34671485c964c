"""What keeps tofu, its providers and what a plan runs away from the worker and from each other.

Three degrees, from what this system allows (`degree.here()`); docs/security-model.md tells what
each holds. Every program here that runs beside tofu uses the standard library only.
"""
