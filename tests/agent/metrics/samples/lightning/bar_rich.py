# needs: lightning torch rich
# as: pty
import runpy
import sys
from pathlib import Path

sys.argv.append("rich")
runpy.run_path(str(Path(__file__).with_name("fit.py")))
