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
  GTM_FOLDER=${found%/mupip}
  export TERM=dumb
  mode M
  mkdir -p "$FOLDER/.gtm"
  export gtm_tmp=$FOLDER/.gtm gtm_log=$FOLDER/.gtm gtm_linktmpdir=$FOLDER/.gtm
  unset gtm_repl_instname gtm_repl_instsecondary gtm_custom_errors gtm_chset
}

# mode M|UTF-8: which of GT.M's two sets of programs is used.
mode() {
  local icu
  gtm_dist=$GTM_FOLDER
  if [[ $1 == UTF-8 ]]; then
    icu=$(compgen -G '/usr/lib/*/libicuuc.so.[0-9][0-9]' | head -1)
    icu=${icu##*.}
    export gtm_chset=UTF-8 LC_ALL=C.UTF-8 gtm_icu_version=${icu:0:1}.${icu:1} # As the package numbers it: 7.2 for 72.
    gtm_dist+=/utf8
  fi
  export gtm_dist PATH=$gtm_dist:/usr/local/bin:/usr/bin:/bin
}

environment_of() {
  export gtmgbldir=$FOLDER/$1/gtm.gld gtm_repl_instance=$FOLDER/$1/gtm.repl
  mode "${CHARSET[$1]:-M}"
  mkdir -p "$FOLDER/.gtm/${CHARSET[$1]:-M}"
  export gtmroutines="$FOLDER/.gtm/${CHARSET[$1]:-M} $gtm_dist/libgtmutil.so $gtm_dist"
}

edit_global_directory() { quietly "$1" mumps -run GDE; }

STATEMENTS=(mumps -run %XCMD 'for  read x quit:$zeof  xecute x')

extract() {
  local -A CHARSET=()  # In M mode whatever the site's is: so that texts of sites can be compared.
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
held_record() { :; }  # GT.M stores none.

CANNOT_OPEN_JOURNAL=JNLFILRDOPN

MISSING_STATUS=130
MISSING_INSTANCE_FILE="%GTM-E-REPLINSTACC, Error accessing replication instance file @/A/gtm.repl"
EDIT_MISSING="202 %GTM-E-REPLINSTOPEN, Error opening replication instance file @/A/gtm.repl"
