"""Settings: `embedded` (the laptop, default) and `production` (all from the environment)."""
