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
    console.expect(r"In \[(?:\x1b\[[0-9;]*m)*%d(?:\x1b\[[0-9;]*m)*\]: " % count)
    screen += console.before


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
