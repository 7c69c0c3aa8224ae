import os
import subprocess
import sys

CHILD = "import os; print(f'Run child process test ({os.getpid()})...')"

print(f"Parent process {os.getpid()}.")
print("Child process will start.")
child = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True)
print(child.stdout, end="")
print("Child process end.")
