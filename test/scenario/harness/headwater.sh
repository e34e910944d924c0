# shellcheck shell=bash
# headwater.sh -- the system under test: Headwater.

DEADLINE_S=${HW_DEADLINE_S:-30}  # Of a wait for something that takes well under a second on a machine that is not overloaded.

system_ready() {
  export PATH=$HW_BIN:$PATH
  unset gtm_repl_instname gtm_repl_instsecondary
  RECORDED=false
  if [[ -n ${HW_RECORD:-} ]]; then
    RECORDER=$(headwater-powerloss library) || fail "no recorder in $HW_BIN"
    RECORDED=true
  fi
}

environment_of() {
  export gtmgbldir=$FOLDER/$1/gtm.gld gtm_repl_instance=$FOLDER/$1/gtm.repl gtm_repl_level=${LEVEL[$1]:-}
  export gtm_chset=${CHARSET[$1]:-M}
  if $RECORDED; then
    export LD_PRELOAD=$RECORDER HW_POWERLOSS_ROOT=$FOLDER/$1 HW_POWERLOSS_DIR=$FOLDER/.recorded-$1
  elif [[ -n ${BOOT[$1]:-} ]]; then
    export HW_BOOT_ID=${BOOT[$1]}
  fi
}

# forget_recording SITE: its files were changed by other means than its programs, and count as durable.
forget_recording() {
  if $RECORDED; then
    headwater-powerloss begin --recording "$(recording_of "$1")" --root "$FOLDER/$1" >"$SAID" 2>&1 || fail "$(cat "$SAID")"
  fi
}

# Reads the editor's commands from its input.
edit_global_directory() { quietly "$1" gde; }

# What runs statements from its input, one line after the other.
STATEMENTS=(gbl run -)

# In M mode whatever the site's is: so that texts of sites can be compared.
extract() { quietly "$1" env gtm_chset=M mupip extract -stdout 2>/dev/null | tail -n +3; }

# only_headwater WHY: the scenario is not for GT.M.
only_headwater() { :; }

# For the receiver of a secondary made from a copy of A's databases; GT.M needs A's instance file of that time.
UPDATERESYNC=-updateresync
# held_record "ROOT START CYCLE": the first history record of a copy that a source has taken as it is.
held_record() { echo "$1"; }

CANNOT_OPEN_JOURNAL=JNLFILEOPNERR

MISSING_STATUS=194
MISSING_INSTANCE_FILE="%GTM-E-FILENOTFND, File @/A/gtm.repl not found"
EDIT_MISSING="194 %GTM-E-FILENOTFND, File @/A/gtm.repl not found"

if [[ -n ${HW_COMPARED:-} ]]; then
  # shellcheck source=/dev/null
  . "$HARNESS/unchecked.sh"
fi
