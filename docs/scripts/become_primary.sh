#!/bin/sh
# become_primary.sh SECONDARY HOST PORT -- at the new primary: the old one, SECONDARY, has been stopped.
set -eu
: "${gtmgbldir:?}" "${gtm_repl_instance:?}"
logs=${REPL_LOGS:-$(dirname "$gtm_repl_instance")}
[ $# -eq 3 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }

mupip replicate -receiver -shutdown -timeout=10
mupip replicate -source -activate -instsecondary="$1" -secondary="$2:$3" -log="$logs/source_$1.log" -rootprimary
