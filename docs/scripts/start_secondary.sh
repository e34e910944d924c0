#!/bin/sh
# start_secondary.sh PRIMARY PORT -- starts the receiving side; the passive source server is for a later switchover.
set -eu
: "${gtmgbldir:?}" "${gtm_repl_instance:?}"
logs=${REPL_LOGS:-$(dirname "$gtm_repl_instance")}
[ $# -eq 2 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }

mupip replicate -source -start -passive -instsecondary="$1" -log="$logs/source_$1.log" -buffsize=1048576 -propagateprimary
mupip replicate -receiver -start -listenport="$2" -log="$logs/receiver.log" -buffsize=1048576
mupip replicate -receiver -checkhealth
