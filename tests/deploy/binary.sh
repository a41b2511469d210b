#!/usr/bin/env bash
# binary.sh PROGRAM: it is built as security.md B-1 says. Looks into the file itself.
set -u
program=$1 failed=0
must() { grep -qE "$2" <<<"$1" || { echo "$program: no $3"; failed=1; }; }

headers=$(readelf -W -h -l -d "$program") || exit 1
symbols=$(readelf -W --dyn-syms "$program")
must "$headers" '^ *Type: +DYN' 'PIE'
must "$headers" 'FLAGS_1.*PIE' 'PIE'
must "$headers" 'GNU_RELRO' 'RELRO'
must "$headers" '(BIND_NOW|FLAGS_1.* NOW)' 'NOW: symbols are bound when something is called'
must "$headers" 'GNU_STACK .* RW +0x' 'NX: the stack can be run'
must "$symbols" '__stack_chk_fail' 'canary'
must "$symbols" '__(memcpy|snprintf|vsnprintf)_chk' 'fortified calls'
grep -qE ' LOAD .* RWE ' <<<"$headers" && { echo "$program: memory that is written and run"; failed=1; }
exit $failed
