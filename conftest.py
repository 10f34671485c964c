"""Rules that hold for every test of this house."""

pytest_plugins = (
    "tests.plugins.no_skips",
    "tests.plugins.stable_ids",
    "tests.plugins.proved",
    "tests.plugins.lowered_limits",
    "tests.plugins.first_rows",
)
