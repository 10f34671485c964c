"""`python -m sovereign_wizard.tofu.jail`: how well tofu can be locked in here, in one line."""

from sovereign_wizard.tofu.jail import degree

if __name__ == "__main__":
    found = degree.here()
    print(f"{found.kind}: {found.words()}")
