"""How a chart becomes a public artifact: what is due, what is refused, what is signed.

Runs in CI (`.github/workflows/blueprint-release.yml`) with Python and PyYAML alone. It holds no
credentials: helm, cosign and git have theirs from the workflow.
"""
