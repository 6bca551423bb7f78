# What people print before they train; no line of it is a curve.
pip list 2>/dev/null | head -12
df -h
free -m
ps -eo pid,ppid,pcpu,pmem,etimes,comm --sort=-pcpu | head -8
top -b -n 2 -d 0.2 | head -40
vmstat 1 4
