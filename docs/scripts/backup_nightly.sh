#!/bin/sh
# backup_nightly.sh FOLDER [KEEP] -- backs all regions and the instance file up, into a new folder; keeps the last KEEP (7).
set -eu
: "${gtmgbldir:?}" "${gtm_repl_instance:?}"
[ $# -ge 1 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
# The name sorts by time; one that is not finished has another name, and is not counted.
name=$(date -u +%Y-%m-%dT%H%M%S)
unfinished="$1/.unfinished-$name"

mkdir -p "$1"
[ ! -e "$1/$name" ] || { echo "$1/$name is there already" >&2; exit 1; }
mkdir "$unfinished"
trap 'rm -rf "$unfinished"' EXIT
# New journal files begin at the moment of the backup: what is older is not needed to bring this backup up to date.
mupip backup -online -newjnlfiles -replinstance="$unfinished" '*' "$unfinished"
mv "$unfinished" "$1/$name"
# shellcheck disable=SC2012
ls -d "$1"/[0-9]*T* | head -n "-${2:-7}" | xargs -r rm -r
