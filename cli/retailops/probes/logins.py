"""Whether anybody gets in with a password: `{passwords: [...]}` -> `{ssh_passwords, ssh_methods, defaults: [account]}`.

`ssh_passwords` is what sshd is configured to take, `ssh_methods` what it offers when asked; `defaults` are the accounts
that have one of the passwords given, or none at all.
"""

import json
import re
import subprocess
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore", category=DeprecationWarning)
import crypt  # noqa: E402


def configured() -> bool:
    done = subprocess.run(["sshd", "-T"], capture_output=True, text=True, check=False)
    wanted = {"passwordauthentication", "kbdinteractiveauthentication"}
    lines = (line.split() for line in done.stdout.lower().splitlines())
    return done.returncode != 0 or any(words[0] in wanted and words[1] == "yes" for words in lines if len(words) > 1)


def offered() -> list:  # type: ignore[type-arg]
    command = ["ssh", "-o", "PreferredAuthentications=none", "-o", "StrictHostKeyChecking=no"]
    command += ["-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=3", "root@127.0.0.1"]
    try:
        done = subprocess.run([*command, "true"], capture_output=True, text=True, check=False, timeout=10)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return []
    found = re.search(r"Permission denied \(([^)]*)\)", done.stderr)
    return found.group(1).split(",") if found else ["none"] if done.returncode == 0 else []


def weak(passwords: list) -> list:  # type: ignore[type-arg]
    accounts = []
    for line in Path("/etc/shadow").read_text().splitlines():
        name, _, rest = line.partition(":")
        hashed = rest.split(":")[0]
        if hashed == "" or (hashed[0] not in "!*" and any(crypt.crypt(word, hashed) == hashed for word in passwords)):
            accounts.append(name)
    return accounts


if __name__ == "__main__":
    args = json.loads(sys.argv[1])
    print(json.dumps({"ssh_passwords": configured(), "ssh_methods": offered(), "defaults": weak(args["passwords"])}))
