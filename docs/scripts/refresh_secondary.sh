#!/bin/sh
# refresh_secondary.sh BACKUP PRIMARY PORT -- at a stopped secondary: starts anew from a backup of the primary, and receives.
set -eu
: "${gtmgbldir:?}" "${gtm_repl_instance:?}" "${gtm_repl_instname:?}"
[ $# -eq 3 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
folder=$(dirname "$gtm_repl_instance")
instance=$(basename "$gtm_repl_instance")
logs=${REPL_LOGS:-$folder}
aside="$folder/before_refresh_$(date -u +%Y%m%d%H%M%S)"
[ -f "$1/$instance" ] || { echo "$1 holds no backup of an instance" >&2; exit 1; }

# What was here is not overwritten: it may hold transactions that nobody else has.
mkdir "$aside"
find "$folder" -maxdepth 1 -type f \( -name '*.dat*' -o -name '*.mjl*' -o -name "$instance*" \) -exec mv {} "$aside/" \;
for database in "$1"/*.dat; do
  file=$(basename "$database")
  cp "$database" "$folder/$file"
  # A copy knows the journal of the primary: its own file has to be named.
  mupip set -replication=on -journal="enable,on,before_images,filename=$folder/${file%.dat}.mjl" -file "$folder/$file"
done
cp "$1/$instance" "$folder/backup.repl"
mupip replicate -instance_create

mupip replicate -source -start -passive -instsecondary="$2" -log="$logs/source_$2.log" -buffsize=1048576 -propagateprimary
mupip replicate -receiver -start -listenport="$3" -log="$logs/receiver.log" -buffsize=1048576 -updateresync="$folder/backup.repl"
mupip replicate -receiver -checkhealth
