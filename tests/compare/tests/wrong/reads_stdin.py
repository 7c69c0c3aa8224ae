# It waits for somebody to type.
import os

print(f"Parent process {os.getpid()}.")
input("Press Enter: ")
