# shellcheck shell=bash
# everything.sh -- what holds at any moment, whatever a scenario is about: `mupip integ` finds nothing in any region of any
# site, online or closed. A site is an instance, or databases without replication, with a folder and a global directory of its own.
#
# The commands of these checks are not the scenario's: they stand in a transcript of their own.

# sites: all that have databases now.
sites() {
  local site
  for site in $(printf '%s\n' "${SITES[@]}" "${INSTANCES[@]}" | sort -u); do
    if compgen -G "$FOLDER/$site/*.dat" >/dev/null; then echo "$site"; fi
  done
}
is_instance() { [[ " ${INSTANCES[*]} " == *" $1 "* ]]; }
is_up() { [[ -n ${POOL[$1]:-} ]]; }

# at_once FUNCTION SITE...: runs it for all sites at a time, each in a shell of its own; all must succeed.
at_once() {
  local what=$1 site job jobs=() failed=false
  shift
  for site; do
    (
      trap - EXIT
      SAID=$FOLDER/.said-$site
      TRANSCRIPT=$FOLDER/.checks-$site
      "$what" "$site"
      exit 0 # Whoever finds something fails.
    ) &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job" || failed=true; done
  ! $failed || exit 1
}

# check_everything: integ is clean everywhere. Not of a site that a crash has left: it is due for recovery first.
check_everything() {
  local site list=()
  for site in $(sites); do
    [[ -n ${CRASHED[$site]:-} ]] || list+=("$site")
  done
  at_once check_integ "${list[@]}"
}

# Nodes that cannot be compared with image and journal are a finding too where there is a journal.
check_integ() {
  attempt "$1" mupip integ -region '*'
  if [[ $STATUS -eq 0 ]] && is_instance "$1" && grep -q 'Nodes were not compared' "$SAID"; then STATUS=1; fi
  settle_check "$1" integ
}

# ---- damage that a scenario leaves on purpose ----

declare -A DAMAGE

# leaves_damage SITE CHECK TEXT WHY: at the end of the scenario the check `integ`, `start` or `rollback` of the site fails and says
# TEXT. One that succeeds, or says something else, fails the scenario: the damage is then not what the scenario takes it for.
leaves_damage() {
  [[ $2 == integ || $2 == start || $2 == rollback ]] || fail "no such check: $2"
  [[ -n $4 ]] || fail "leaves_damage needs a reason"
  DAMAGE["$1 $2"]=${3//@/$FOLDER}
  echo "$1: $2 will fail with ${3//@/$FOLDER}: $4" >>"$TRANSCRIPT"
}

# settle_check SITE CHECK: the command before it was that check. Status 1: it failed as it had to.
settle_check() {
  local text=${DAMAGE["$1 $2"]:-}
  if [[ -z $text ]]; then
    [[ $STATUS -eq 0 ]] || fail "$2 of $1, status $STATUS: $(cat "$SAID")"
    return 0
  fi
  [[ $STATUS -ne 0 ]] || fail "$2 of $1 succeeds, and was to fail with: $text"
  grep -qF -- "$text" "$SAID" || fail "$2 of $1 was to fail with: $text"$'\n'"said: $(cat "$SAID")"
  return 1
}

# ---- what a site holds ----

# holding SITE: a digest of each region at the seqno the site is at, or at seqno $2.
holding() {
  attempt "$1" mupip integ -digest"${2:+=$2}" -region '*'
  [[ $STATUS -eq 0 ]] || fail "digest of $1${2:+ at seqno $2}: $(cat "$SAID")"
  cat "$SAID"
}
seqno_of() { sed -n 's/.* at seqno \([0-9]*\) .*/\1/p' <<<"$1" | head -1; }
