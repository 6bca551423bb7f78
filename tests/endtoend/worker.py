"""A small training program that keeps a ledger of its own: when each attempt began and ended.

usage: worker.py LEDGER LINES SECONDS_A_LINE
"""

import math
import os
import sys
import time


def main() -> None:
    ledger, lines, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    name = "{NEROTUI_RUN_ID} {NEROTUI_ATTEMPT}".format_map(os.environ)

    def note(what: str) -> None:
        with open(ledger, "a") as file:
            file.write(f"{what} {name} {time.time():.3f}\n")

    note("start")
    for step in range(lines):
        print(f"step {step} loss {math.exp(-step / 50):.5f}")
        time.sleep(pause)
    note("end")


if __name__ == "__main__":
    main()
