# shellcheck shell=bash
# Backups, full and incremental, at random moments while four processes update: each restores to a state that the model has at its seqno, and
# the last one becomes a secondary without a rollback.
#
# The model: every transaction of process p sets ^a(p,i) and ^x(p,i) for its next i, and each is one seqno. So a backup
# of seqno S holds, for each p, all i from 1 to some n(p), the same in both regions, and the n(p) add up to S-1.
only_headwater "the copies are databases of our own"
ROUNDS=100 SECONDS_MAX=60 ROUNDS_MIN=15
instance A
root A
standby A B

writer() { # writer P: until it is told to stop.
  quietly A gbl run - < <(
    i=0
    while [[ ! -e $FOLDER/A/stop ]]; do
      for _ in {1..20}; do
        echo "tstart ():(serial:transaction=\"BATCH\") set ^a($1,$((i += 1)))=$i,^x($1,$i)=-$i tcommit"
      done
      read -rt 0.01 <> <(:) || true
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

step "four processes, and backups at random moments" # Shows: 9.point 9.incremental breaks.30
mkdir "$FOLDER/R" "$FOLDER/increment"
global_directory R
jobs=()
for p in 1 2 3 4; do
  writer $p &
  jobs+=($!)
done
within "$DEADLINE_S" "the processes update" past_seqno A 100
begun=$SECONDS
for ((round = 1; round <= ROUNDS && (round <= ROUNDS_MIN || SECONDS - begun < SECONDS_MAX); round++)); do
  read -rt "0.0$((RANDOM % 10))" <> <(:) || true
  rm -f "$FOLDER/R/gtm.repl"
  switch=-nonewjnlfiles
  [[ $((round % 5)) -ne 0 ]] || switch=-newjnlfiles
  online=-online
  [[ $((round % 7)) -ne 0 ]] || online=-noonline
  # Two of three are incremental, each from the one before, whichever kind that was.
  if [[ $((round % 3)) -eq 1 ]]; then
    rm -f "$FOLDER"/R/gtm.dat* "$FOLDER"/R/x.dat*
    on A mupip backup $switch $online -replinstance="$FOLDER/R" '*' "$FOLDER/R"
  else
    on A mupip backup -bytestream -since=bytestream $switch $online -replace -replinstance="$FOLDER/R" '*' "$FOLDER/increment"
  fi
  seqno=$(sed -n 's/.*Journal Seqnos up to \(0x[0-9A-F]*\) are.*/\1/p' "$SAID")
  if [[ $((round % 3)) -ne 1 ]]; then
    on R mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/increment/gtm.dat"
    on R mupip restore "$FOLDER/R/x.dat" "$FOLDER/increment/x.dat"
  fi
  wrong=$(holds_model "$((seqno))") || fail "round $round, seqno $((seqno)): $wrong"
done
echo "$((round - 1)) rounds, the last of seqno $((seqno))" | tee -a "$TRANSCRIPT"

step "the last one becomes a secondary without a rollback" # Shows: 6.restore 6.updateresync
mv "$FOLDER/R" "$FOLDER/copies"
mkdir "$FOLDER/B"
global_directory B
cp "$FOLDER/copies"/*.dat "$FOLDER/B/"
on B mupip set -replication=on -journal=enable,on,before_images -region '*'
on B mupip replicate -instance_create -name=B
note_instance B
standby B A
receiver B -updateresync="$FOLDER/copies/gtm.repl"
unfeed A B
feed A B
touch "$FOLDER/A/stop"
for job in "${jobs[@]}"; do wait "$job" || fail "a process that updates: $(cat "$FOLDER"/A/writer-*)"; done
[[ -z $(cat "$FOLDER"/A/writer-*) ]] || fail "$(cat "$FOLDER"/A/writer-*)"
expect_equal A B
