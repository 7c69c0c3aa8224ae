# It never ends, and neither does its child; both ignore every polite request.
trap '' TERM INT HUP
echo "Parent process $$."
sleep 600 &
sleep 600
