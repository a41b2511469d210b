#!/usr/bin/env bash
# package.sh BUILD FOLDER: makes the Debian package, takes it apart in FOLDER and lives from what is in it, as somebody
# does who installs it. Nothing is installed on this machine.
set -u
build=$1 folder=$2 failed=0
wrong() { echo "$*"; failed=1; }
rm -rf "$folder" && mkdir -p "$folder" || exit 1

(cd "$folder" && cpack --config "$build/CPackConfig.cmake" -B "$folder") >"$folder/cpack.log" 2>&1 ||
    { cat "$folder/cpack.log"; exit 1; }
deb=$(echo "$folder"/skjema_*.deb)
contents=$(dpkg-deb -c "$deb") || exit 1
for path in /usr/bin/skjema /usr/lib/systemd/system/skjema.service /usr/share/man/man1/skjema.1 \
    /usr/share/man/man5/skjema.conf.5 /etc/skjema/skjema.conf /etc/skjema/secrets/ /usr/share/doc/skjema/sbom.json \
    /usr/share/skjema/examples/hello/form.xml; do
    grep -qE " \.$path(\.gz)?$" <<<"$contents" || wrong "the package has no $path"
done
grep -qE '^drwx------ root/root .* \./etc/skjema/secrets/$' <<<"$contents" || wrong "others may read the secrets' folder"
grep -qE '\.(key|pem|db)$|/keys/' <<<"$contents" && wrong "there are keys in the package"
grep -v ' root/root ' <<<"$contents" && wrong "not all is root's"
dpkg-deb -e "$deb" "$folder/control" && dpkg-deb -x "$deb" "$folder/root" || exit 1
grep -qx /etc/skjema/skjema.conf "$folder/control/conffiles" || wrong "skjema.conf is no conffile"
grep -q '^Depends: .*libmicrohttpd' "$folder/control/control" || wrong "it does not depend on its libraries"
for script in postinst prerm postrm; do
    sh -n "$folder/control/$script" && [ -x "$folder/control/$script" ] || wrong "$script cannot be run"
done
if command -v lintian >/dev/null; then lintian --fail-on error "$deb" || wrong "lintian"; fi

program=$folder/root/usr/bin/skjema conf=$folder/root/etc/skjema/skjema.conf
"$program" --help | grep -q '^usage: skjema' || wrong "--help says nothing"

# As it is shipped it serves nobody: the agency must say who it is (S-SEC-2).
said=$("$program" config check --config "$conf")
[ $? = 1 ] || wrong "the shipped settings are taken as they are"
for name in agency_name agency_number agency_address agency_phone agency_email; do
    grep -q "$name is the example's" <<<"$said" || wrong "$name may stay the example's: $said"
done
grep -q 'there is no setting named' <<<"$said" && wrong "$said"
timeout 20 "$program" serve --config "$conf" --data "$folder/data" --listen_address 127.0.0.1 --listen_port 0 \
    --forms "$folder/root/usr/share/skjema/examples" >"$folder/refused" 2>&1
[ $? = 1 ] || wrong "it starts with the shipped settings: $(cat "$folder/refused")"

# And it can be tried.
"$program" serve --sandbox --data "$folder/data" --forms "$folder/root/usr/share/skjema/examples" --listen_port 0 \
    --sandbox_api_port 0 --sandbox_mailbox_port 0 >"$folder/said" 2>"$folder/log" &
site=$!
trap 'kill $site 2>/dev/null' EXIT
until grep -q '^Ctrl-C' "$folder/said"; do
    kill -0 $site 2>/dev/null || { cat "$folder/log"; exit 1; }
    sleep 0.1
done
curl -s "$(sed -n 's/^the site  *//p' "$folder/said")" | grep -q '</html>' || wrong "no page is served from the package"
exit $failed
