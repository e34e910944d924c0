# shellcheck shell=bash
# gtm.sh -- the system under test: GT.M, from the package fis-gtm. The same scenarios, as far as both have what they use.

DEADLINE_S=${HW_DEADLINE_S:-90}  # Its servers look around every few seconds only.

system_ready() {
  local found
  found=$(compgen -G '/usr/lib/*/fis-gtm/*/mupip' | head -1)
  if [[ -z $found ]]; then
    echo "skipped: GT.M is not installed"
    exit 77
  fi
  export gtm_dist=${found%/mupip} PATH=${found%/mupip}:/usr/local/bin:/usr/bin:/bin TERM=dumb
  mkdir -p "$FOLDER/.gtm"
  export gtm_tmp=$FOLDER/.gtm gtm_log=$FOLDER/.gtm gtm_linktmpdir=$FOLDER/.gtm
  unset gtm_repl_instname gtm_repl_instsecondary gtm_custom_errors gtm_chset
}

environment_of() {
  export gtmgbldir=$FOLDER/$1/gtm.gld gtm_repl_instance=$FOLDER/$1/gtm.repl
  export gtmroutines="$FOLDER/.gtm $gtm_dist/libgtmutil.so $gtm_dist"
}

edit_global_directory() { quietly "$1" mumps -run GDE; }

STATEMENTS=(mumps -run %XCMD 'for  read x quit:$zeof  xecute x')

extract() {
  rm -f "$FOLDER/$1/extract"
  quietly "$1" mupip extract -format=zwr "$FOLDER/$1/extract" >/dev/null 2>&1
  tail -n +3 "$FOLDER/$1/extract" 2>/dev/null
}

only_headwater() {
  echo "skipped: $*"
  exit 77
}

# shellcheck source=/dev/null
. "$HARNESS/unchecked.sh"

# For the receiver of a secondary made from a copy of A's databases.
UPDATERESYNC=-updateresync=$FOLDER/C/copied.repl

CANNOT_OPEN_JOURNAL=JNLFILRDOPN

MISSING_STATUS=130
MISSING_INSTANCE_FILE="%GTM-E-REPLINSTACC, Error accessing replication instance file @/A/gtm.repl"
EDIT_MISSING="202 %GTM-E-REPLINSTOPEN, Error opening replication instance file @/A/gtm.repl"
