#!/bin/sh
# become_secondary.sh PRIMARY PORT -- at the old primary, after stop.sh here and become_primary.sh there.
set -eu
: "${gtmgbldir:?}" "${gtm_repl_instance:?}"
logs=${REPL_LOGS:-$(dirname "$gtm_repl_instance")}
[ $# -eq 2 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }

# What only this instance had goes to the file; after an orderly switchover there is nothing, and no file.
mupip journal -rollback -backward -fetchresync="$2" -losttrans="$logs/lost_$(date +%Y%m%d%H%M%S).glo" '*'
mupip replicate -source -start -passive -instsecondary="$1" -log="$logs/source_$1.log" -buffsize=1048576 -propagateprimary
mupip replicate -receiver -start -listenport="$2" -log="$logs/receiver.log" -buffsize=1048576
