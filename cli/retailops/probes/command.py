"""Runs one program without a shell: `{argv, timeout?}` -> `{code, stdout, stderr}`; the last 4,000 characters of each."""

import json
import subprocess
import sys

if __name__ == "__main__":
    args = json.loads(sys.argv[1])
    try:
        done = subprocess.run(
            args["argv"], capture_output=True, text=True, errors="replace", check=False, timeout=args.get("timeout", 20)
        )
        answer = {"code": done.returncode, "stdout": done.stdout[-4000:], "stderr": done.stderr[-4000:]}
    except FileNotFoundError:
        answer = {"code": 127, "stdout": "", "stderr": f"no program {args['argv'][0]}"}
    except subprocess.TimeoutExpired:
        answer = {"code": 124, "stdout": "", "stderr": "took too long"}
    print(json.dumps(answer))
