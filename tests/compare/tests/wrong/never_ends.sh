# It never ends, and neither does its child; both ignore every polite request.
trap '' TERM INT HUP
echo "Parent process $$."
/bin/sleep 600 &
/bin/sleep 600
