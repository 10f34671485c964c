"""Customers of a Sovereign. An Organization is never called a tenant."""
