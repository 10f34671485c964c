"""Programs that answer for what a process of this computer cannot have, or must not touch.

Each says on the machine's console what it stood for. What is neither real here nor listed is not
found, and the first boot fails with the shell's own words.
"""

import shutil
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"

_PACKAGES = "the machine has the programs of this computer, and no others"
_KERNEL = "the kernel is this computer's and stays as it is"
_FIREWALL = "no packet is filtered; the cloud's firewall is not played either"
_TIME = "the clock is this computer's"

# Name → what it is instead. They succeed whatever they are asked.
NOTHING_TO_DO = {
    **dict.fromkeys(("apt", "apt-get", "dpkg", "add-apt-repository", "snap"), _PACKAGES),
    **dict.fromkeys(("sysctl", "modprobe", "swapon", "swapoff", "mount", "umount"), _KERNEL),
    **dict.fromkeys(("ufw", "iptables", "ip6tables", "nft"), _FIREWALL),
    **dict.fromkeys(("timedatectl", "hwclock"), _TIME),
    "hostnamectl": "the name is the one the server was created with",
    "update-ca-certificates": "whom the machine trusts was decided when it was made",
}

# Arguments are not repeated: one of them may be a secret.
_NOTHING = """\
#!/bin/sh
echo "local cloud: {name} stood in for: {why}" >>/dev/console
"""


def write(folder: Path) -> None:
    """Make the folder anew; what is in it is to be first on PATH."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROGRAMS, folder)
    for name, why in NOTHING_TO_DO.items():
        (folder / name).write_text(_NOTHING.format(name=name, why=why))
    for program in folder.iterdir():
        program.chmod(0o755)
