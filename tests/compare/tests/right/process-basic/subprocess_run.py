import os
import subprocess
import sys

CHILD = "import os; print(f'Run child process test ({os.getpid()})...')"

print(f"Parent process {os.getpid()}.")
print("Child process will start.")
subprocess.run([sys.executable, "-c", CHILD], check=True)
print("Child process end.")
