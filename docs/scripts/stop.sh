#!/bin/sh
# stop.sh -- shuts replication of this instance down: applications must have ended before.
set -eu
: "${gtmgbldir:?}" "${gtm_repl_instance:?}"

if mupip replicate -receiver -checkhealth >/dev/null 2>&1; then
  mupip replicate -receiver -shutdown -timeout=10
fi
mupip replicate -source -shutdown -timeout=10
mupip rundown -region '*'
