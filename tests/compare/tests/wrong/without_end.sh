# It prints without end.
while :; do echo "Child process will start."; done
