#!/bin/sh
# start_primary.sh SECONDARY HOST PORT -- starts replication to a secondary; the first one opens the instance for updates.
set -eu
: "${gtmgbldir:?}" "${gtm_repl_instance:?}"
logs=${REPL_LOGS:-$(dirname "$gtm_repl_instance")}
[ $# -eq 3 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }

mupip replicate -source -start -instsecondary="$1" -secondary="$2:$3" -log="$logs/source_$1.log" \
  -buffsize=1048576 -rootprimary
mupip replicate -source -checkhealth -instsecondary="$1"
