#!/bin/sh
# Writes the manual pages skjema(1) and skjema.conf(5) from what the program says of itself, so that they
# are as new as it is: manual.sh PROGRAM FOLDER
set -eu
program=$1 folder=$2
version=$("$program" --version | sed -n '1s/^skjema //p')
date=2026-11-23 # of these pages' own sentences

# Any text as roff: nothing in it is an instruction.
plain() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\\([.']\\)/\\\\\\&\\1/"; }

commands=$("$program" help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p')

{
    printf '.TH SKJEMA 1 %s "skjema %s" "User commands"\n' "$date" "$version"
    printf '.SH NAME\nskjema \\- forms that citizens fill in, and agencies share documents by\n'
    printf '.SH SYNOPSIS\n.B skjema\n.I COMMAND\n[words]\n.SH DESCRIPTION\n.nf\n'
    "$program" help | sed -e 1,2d | plain
    printf '.fi\n.SH COMMANDS\n'
    for command in $commands; do
        printf '.SS skjema %s\n.nf\n' "$command" | sed 's/-/\\-/g'
        case $command in # all settings stand in skjema.conf(5)
        serve | sandbox) "$program" help "$command" | sed '/^settings, as/,$d' | plain ;;
        *) "$program" help "$command" | plain ;;
        esac
        printf '.fi\n'
    done
    printf '.SH FILES\n.TP\n.I /etc/skjema/skjema.conf\nthe settings of the site that the package starts\n'
    printf '.TP\n.I /etc/skjema/secrets\nkeys and passwords, which systemd gives to it as credentials\n'
    printf '.TP\n.I /var/lib/skjema\nwhat it keeps\n'
    printf '.SH SEE ALSO\n.BR skjema.conf (5),\n.BR systemd.exec (5)\n'
} >"$folder/skjema.1"

{
    printf '.TH SKJEMA.CONF 5 %s "skjema %s" "File formats"\n' "$date" "$version"
    printf '.SH NAME\nskjema.conf \\- settings of skjema\n.SH DESCRIPTION\n'
    cat <<'TEXT'
Lines of
.IR name " = " value ;
a # begins a comment. A setting that is not there has its default, which stands here after the =.
Each may also be a word of the command,
.BI \-\-name " value" ,
which wins over the file.
.PP
The path of a file or folder may be
.BI credential: NAME\fR,
which is that file of the service's credentials (LoadCredential= of
.BR systemd.exec (5)).
A secret file must be readable by its owner only.
.PP
.B skjema config check \-\-config
.I FILE
tells everything that is wrong in one,
.B skjema config print
writes a new one.
TEXT
    "$program" config print | sed -e 1,2d | plain | awk '
        /^# \\-\\-\\-\\- .* \\-\\-\\-\\-$/ { sub(/^# \\-\\-\\-\\- /, ""); sub(/ \\-\\-\\-\\-$/, ""); print ".SH " toupper($0); next }
        /^# / { text = text (text == "" ? "" : "\n") substr($0, 3); next }
        / =/ { sub(/^#/, ""); print ".TP\n.B " $0; print text; text = "" }'
    printf '.SH SEE ALSO\n.BR skjema (1)\n'
} >"$folder/skjema.conf.5"

# The settings of the site that the package starts: every one, and those that the unit needs set.
"$program" config print >"$folder/all"
{
    cat <<'TEXT'
# What must be said before the site starts: who the agency is, how citizens reach it, and a postbox.
# `skjema config check --config /etc/skjema/skjema.conf` tells what is missing or wrong.
TEXT
    sed -E -e 1,2d -e 's,^#(listen_address) =.*,\1 = unix:/run/skjema/http.sock,' \
        -e 's,^#(data) =.*,\1 = /var/lib/skjema,' -e 's,^#(forms) =.*,\1 = /usr/share/skjema/examples,' \
        "$folder/all"
} >"$folder/skjema.conf"
rm "$folder/all"
