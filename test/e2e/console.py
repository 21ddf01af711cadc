"""Types the code cells of a notebook into jupyter-console, as a person who pastes would, and prints the screen's text."""
import json
import os
import re
import sys

import pexpect

cells = ["".join(c["source"]) for c in json.load(open(sys.argv[1]))["cells"] if c["cell_type"] == "code"]
os.environ["PROMPT_TOOLKIT_NO_CPR"] = "1"
console = pexpect.spawn(
    sys.executable, ["-m", "jupyter_console", "--kernel", "fused-ts"], encoding="utf8", timeout=60, dimensions=(200, 200)
)
ansi = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\r")
screen = ""


def wait(count):
    global screen
    prompt = r"In \[(?:\x1b\[[0-9;]*m)*%d(?:\x1b\[[0-9;]*m)*\]: " % count
    # The console gives the kernel a second to say whether a cell is complete. On a busy machine that may not do, and then
    # it waits for one more Enter, as it would from a person.
    for _ in range(8):
        if console.expect([prompt, pexpect.TIMEOUT], timeout=10) == 0:
            screen += console.before
            return
        console.send("\r")
    raise SystemExit(f"no prompt In [{count}]; the screen ends in: {console.before[-300:]!r}")


wait(1)
for n, source in enumerate(cells, 1):
    console.send("\x1b[200~" + source + "\x1b[201~")
    console.send("\r")
    if source.startswith("%%"):
        console.send("\r")
    wait(n + 1)
console.sendeof()
console.close()
sys.stdout.write(ansi.sub("", screen))
