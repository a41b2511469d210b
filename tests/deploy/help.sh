#!/usr/bin/env bash
# help.sh PROGRAM: a newcomer can live from what the program says of itself. Every command that `skjema help`
# lists tells its usage, an example and how it ends; both ways to ask give the same.
set -u
program=$1 failed=0
wrong() { echo "$*"; failed=1; }

commands=$("$program" help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 15 ] || wrong "help lists too few commands: $commands"
for command in $commands; do
    said=$("$program" help "$command") || wrong "help $command does not end with 0"
    [ "$said" = "$("$program" "$command" --help)" ] || wrong "$command --help says something else than help $command"
    grep -q "^usage: skjema $command" <<<"$said" || wrong "help $command: no usage"
    grep -q "^Example: skjema $command " <<<"$said" || wrong "help $command: no example"
    grep -q "Ends with 0" <<<"$said" || wrong "help $command: it does not say how it ends"
done
"$program" --help | grep -q "^usage: skjema COMMAND" || wrong "--help: no usage"
"$program" --version | grep -qE "^skjema [0-9]+\.[0-9]+\.[0-9]+$" || wrong "--version: no version"
"$program" --version | grep -q "SQLite 3\." || wrong "--version: no libraries"
"$program" help no-such >/dev/null 2>&1
[ $? = 2 ] || wrong "help of no command does not end with 2"
exit $failed
