#!/usr/bin/env bash
# manual.sh PROGRAM FOLDER: the manual pages in FOLDER are without a mistake, and tell every command and setting.
set -u
program=$1 folder=$2 failed=0
mandoc -T lint -W warning "$folder/skjema.1" "$folder/skjema.conf.5" || failed=1
text() { mandoc -T utf8 -O width=200 "$1" | sed 's/.\x08//g'; }

page=$(text "$folder/skjema.1")
for command in $("$program" help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p'); do
    grep -q "^ *skjema $command$" <<<"$page" || { echo "skjema.1 has nothing of $command"; failed=1; }
done
page=$(text "$folder/skjema.conf.5")
settings=$("$program" config print | sed -nE 's/^#?([a-z0-9_]+) =.*/\1/p')
[ "$(wc -w <<<"$settings")" -ge 90 ] || { echo "config print has too few settings"; failed=1; }
for setting in $settings; do
    grep -qE "^ *$setting =" <<<"$page" || { echo "skjema.conf.5 has nothing of $setting"; failed=1; }
done
exit $failed
