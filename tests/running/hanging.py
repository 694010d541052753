"""A supervisor over one part that beats once and then sleeps for ever."""

import os
import sys
from pathlib import Path

from console.processes import Part
from console.supervisor import Supervisor

home = Path(sys.argv[1])
pulse = home / "run" / "sleeper.pulse"
SLEEPER = f"""
import json, time
from pathlib import Path
from office.lifeline import Pulse, die_with_parent
die_with_parent({os.getpid()})
Pulse(Path({str(pulse)!r})).beat("sleeping")
print(json.dumps({{"event": "awake"}}), flush=True)
time.sleep(600)
"""

if __name__ == "__main__":
    part = Part("sleeper", (sys.executable, "-c", SLEEPER), pulse=pulse, quiet_limit=0.5)
    Supervisor(home=home, listen="127.0.0.1:1", drill_port=2, parts=[part]).run()
