#!/usr/bin/env bash
# unit.sh UNIT PROGRAM FOLDER: the systemd unit is one that systemd reads without a word, and what it leaves
# exposed is 2.0 of 10 at most (security.md B-4).
set -u
unit=$1 program=$2 folder=$3
mkdir -p "$folder" || exit 1

systemd-analyze security --offline=true --no-pager --threshold=20 "$unit" >"$folder/exposed" 2>&1
score=$?
tail -1 "$folder/exposed"
[ $score = 0 ] || { cat "$folder/exposed"; exit 1; }

# Where the program is not installed, its own path would be told of.
sed "s#/usr/bin/skjema#$program#" "$unit" >"$folder/skjema.service"
said=$(systemd-analyze verify --man=no "$folder/skjema.service" 2>&1)
[ $? = 0 ] && [ -z "$said" ] || { echo "$said"; exit 1; }

failed=0
while read -r line; do
    grep -qxF "$line" "$unit" || { echo "$unit has no line $line"; failed=1; }
done <<'LINES'
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
IPAddressDeny=any
MemoryDenyWriteExecute=yes
SystemCallFilter=@system-service landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp
CapabilityBoundingSet=
LimitCORE=0
LimitNOFILE=32768
Restart=on-failure
StateDirectoryMode=0700
LINES
exit $failed
