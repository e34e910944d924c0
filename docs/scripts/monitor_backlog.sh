#!/bin/sh
# monitor_backlog.sh SECONDARY [LIMIT] -- prints how far a secondary is behind. Status 1 above the limit, 2 without a server.
set -eu
: "${gtm_repl_instance:?}"
[ $# -ge 1 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }

mupip replicate -source -checkhealth -instsecondary="$1" >/dev/null 2>&1 || { echo "no source server for $1"; exit 2; }
said=$(mupip replicate -source -showbacklog -instsecondary="$1" 2>&1)
posted=$(echo "$said" | sed -n 's/.*LASTTRANS.* posted *: *\([0-9]*\).*/\1/p')
sent=$(echo "$said" | sed -n 's/.*LASTTRANS.* sent *: *\([0-9]*\).*/\1/p')
[ -n "$posted" ] && [ -n "$sent" ] || { echo "$said"; exit 2; }
backlog=$((posted - sent))
echo "$1 backlog $backlog"
[ "$backlog" -le "${2:-0}" ]
