#!/bin/sh
# switch_journals.sh [DAYS] -- begins new journal files in all regions and removes earlier ones older than DAYS (14).
set -eu
: "${gtmgbldir:?}" "${gtm_repl_instance:?}"
folder=$(dirname "$gtm_repl_instance")

mupip set -journal=enable,on,before_images -region '*'
# Earlier generations have a time stamp behind their name; a source server that is behind may still need the young ones.
find "$folder" -maxdepth 1 -name '*.mjl_*' -mtime "+${1:-14}" -print -delete
