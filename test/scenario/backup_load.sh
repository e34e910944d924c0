# shellcheck shell=bash
# Backups at random moments while four processes update: full ones with and without the instance file, and incremental ones.
# Each restores to the state that the model has at its seqno, and with its instance file it becomes a secondary without a
# rollback: in every fifth round, or, with HEADWATER_ROUNDS=100 (five minutes), in each.
#
# The model: every transaction of process p sets ^a(p,i) and ^x(p,i) for its next i, and each is one seqno. So a backup
# of seqno S holds, for each p, all i from 1 to some n(p), the same in both regions, and the n(p) add up to S-1.
only_headwater "the copies are databases of our own"
ROUNDS=${HEADWATER_ROUNDS:-12}
SECONDARY_EVERY=$((ROUNDS > 12 ? 1 : 5))
instance A
root A
standby A B

writer() { # writer P: until it is told to stop.
  LONGEST_COMMAND_S=1200 quietly A gbl run - < <(
    i=0
    while [[ ! -e $FOLDER/A/stop ]]; do
      for _ in {1..5}; do
        echo "tstart ():(serial:transaction=\"BATCH\") set ^a($1,$((i += 1)))=$i,^x($1,$i)=-$i tcommit"
      done
      read -rt 0.02 <> <(:) || true
    done
  ) >"$FOLDER/A/writer-$1" 2>&1
}

# holds_model SEQNO: R's data are the model's at that seqno.
holds_model() {
  extract R | awk -v seqno="$1" -F'[(,)=]' '
    function number(text) { gsub(/"/, "", text); return text + 0 }
    $1 == "^a" { if (number($5) != $3 + 0) bad = $0; if (++a[$2] != $3 + 0) bad = $0; next }
    $1 == "^x" { if (number($5) != -$3) bad = $0; if (++x[$2] != $3 + 0) bad = $0; next }
    { bad = $0 }
    END {
      for (p in a) { if (a[p] != x[p]) bad = "process " p ": " a[p] " and " x[p]; sum += a[p] }
      if (sum != seqno - 1) bad = sum " transactions at seqno " seqno
      if (bad != "") { print bad; exit 1 }
    }'
}

# becomes_secondary SEQNO: copies of R's databases, with the instance file beside them, become B: it goes on at that seqno.
becomes_secondary() {
  if [[ -d $FOLDER/B ]]; then
    take_down B
    rm -r "${FOLDER:?}/B"
  fi
  mkdir "$FOLDER/B"
  global_directory B
  cp --sparse=always "$FOLDER"/R/*.dat "$FOLDER/B/"
  on B mupip set -replication=on -journal=enable,on,before_images -region '*'
  on B mupip replicate -instance_create -name=B
  [[ " ${INSTANCES[*]} " == *" B "* ]] || note_instance B
  standby B A
  receiver B -updateresync="$FOLDER/R/gtm.repl"
  if [[ ${MODE["A B"]} != active ]]; then
    unfeed A B
    feed A B
  fi
  within "$DEADLINE_S" "B goes on behind $1" past_seqno B "$1"
  ! grep -qE 'Received REPL_ROLLBACK_FIRST|%GTM-[EF]-' "$FOLDER/B/receiver.log" || fail "the receiver of a backup: $(cat "$FOLDER/B/receiver.log")"
}

region_seqno() { # of R, from the copies themselves
  on R dse dump -fileheader
  sed -n 's/.*Region Seqno *\(0x[0-9A-F]*\).*/\1/p' "$SAID"
}

step "four processes, and backups at random moments" # Shows: 9.point 9.incremental breaks.30 6.restore 6.updateresync
mkdir "$FOLDER/R" "$FOLDER/increment"
global_directory R
jobs=()
for p in 1 2 3 4; do
  writer $p &
  jobs+=($!)
done
within "$DEADLINE_S" "the processes update" past_seqno A 100
declare -A done_of=([full]=0 [alone]=0 [incremental]=0 [secondary]=0)
for ((round = 1; round <= ROUNDS; round++)); do
  read -rt "0.0$((RANDOM % 10))" <> <(:) || true
  rm -f "$FOLDER/R/gtm.repl"
  switch=-nonewjnlfiles
  [[ $((round % 5)) -ne 0 ]] || switch=-newjnlfiles
  online=-online
  [[ $((round % 7)) -ne 0 ]] || online=-noonline
  # Two of four are incremental, each from the one before, whichever kind that was.
  case $((round % 4)) in
    0 | 2)
      kind=incremental
      on A mupip backup -bytestream -since=bytestream $switch $online -replace -replinstance="$FOLDER/R" '*' "$FOLDER/increment"
      ;;
    *)
      kind=full
      rm -f "$FOLDER"/R/gtm.dat* "$FOLDER"/R/x.dat*
      with=(-replinstance="$FOLDER/R")
      if [[ $((round % 4)) -eq 3 ]]; then kind=alone with=(); fi
      on A mupip backup $switch $online "${with[@]}" '*' "$FOLDER/R"
      ;;
  esac
  seqno=$(sed -n 's/.*Journal Seqnos up to \(0x[0-9A-F]*\) are.*/\1/p' "$SAID")
  if [[ $kind == incremental ]]; then
    on R mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/increment/gtm.dat"
    on R mupip restore "$FOLDER/R/x.dat" "$FOLDER/increment/x.dat"
  fi
  [[ $kind != alone ]] || seqno=$(region_seqno)
  wrong=$(holds_model "$((seqno))") || fail "round $round, $kind, seqno $((seqno)): $wrong"
  if [[ $kind != alone && ($((round % SECONDARY_EVERY)) -eq 0 || $round -eq 1) ]]; then
    becomes_secondary $((seqno))
    ((done_of[secondary] += 1))
  fi
  ((done_of[$kind] += 1))
done
for kind in "${!done_of[@]}"; do echo "${done_of[$kind]} $kind" | tee -a "$TRANSCRIPT"; done
[[ ${done_of[full]} -gt 0 && ${done_of[alone]} -gt 0 && ${done_of[incremental]} -gt 0 && ${done_of[secondary]} -gt 0 ]] ||
  fail "a kind of backup was not made"

check_everything

step "the last secondary has everything"
touch "$FOLDER/A/stop"
for job in "${jobs[@]}"; do wait "$job" || fail "a process that updates: $(cat "$FOLDER"/A/writer-*)"; done
[[ -z $(cat "$FOLDER"/A/writer-*) ]] || fail "$(cat "$FOLDER"/A/writer-*)"
expect_equal A B
