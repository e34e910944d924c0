# shellcheck shell=bash
# The journals of a database of two regions without replication: extracted while a process is at work, shown, verified,
# applied to an old copy, and taken back to a time.
only_headwater "its own journal files and copies of databases"
mkdir "$FOLDER/A"
global_directory A
on A mupip create
on A mupip set -journal=enable,on,before_images -region '*'
# Of a database without replication an update outside of a transaction has no number, and a transaction a token.
updates_in() { grep -cE '^(04|05|10)' "$1"; }
nodes_in() { sed -n 's/.*\(\^[ax](.*\)$/\1/p' "$1"; }

step "an extract while a process is at work" # Shows: journal.extract
application A
within "$DEADLINE_S" "the application has made transactions" test -s "$FOLDER/A/gtm.mjl"
on A mupip journal -extract="$FOLDER/live.ext" -forward '*'
said "%GTM-S-JNLSUCCESS, Extract successful"
stop_application A
[[ ! -e $FOLDER/A/gtm.broken && ! -e $FOLDER/A/gtm.lost ]] || fail "a transaction was seen in one of its regions only"
on A mupip journal -extract="$FOLDER/all.ext" -forward '*'
said "%GTM-I-FILECREATE, Journal extract file @/all.ext created"
said "%GTM-S-JNLSUCCESS, Verify successful"
[[ $(head -n 1 "$FOLDER/all.ext") == GDSJEX07 ]] || fail "first line: $(head -n 1 "$FOLDER/all.ext")"
nodes_in "$FOLDER/live.ext" >"$FOLDER/live.nodes"
nodes_in "$FOLDER/all.ext" | head -n "$(wc -l <"$FOLDER/live.nodes")" | diff - "$FOLDER/live.nodes" >"$SAID" ||
  fail "the extract of the live journal is not the beginning of the later one: $(cat "$SAID")"
on A mupip journal -extract="$FOLDER/kills.ext" -transaction=kill -forward '*'
[[ $(updates_in "$FOLDER/kills.ext") == $(grep -cE '^(04|10)' "$FOLDER/all.ext") ]] || fail "not the kills"
expect_message A 106 "%GTM-E-CLIERR" mupip journal -extract "$FOLDER/A/gtm.mjl"
expect_message A 130 "%GTM-E-JNLFILEOPNERR, Error opening journal file @/A/none.mjl" \
  mupip journal -extract -forward "$FOLDER/A/none.mjl"
expect_message A 130 "%GTM-E-JNLFILEDUP, Journal files @/A/gtm.mjl and @/A/gtm.mjl are the same" \
  mupip journal -extract -forward "$FOLDER/A/gtm.mjl,$FOLDER/A/gtm.mjl"
expect_message A 130 "%GTM-E-FILENOTCREATE, Journal extract file @/none/x not created" \
  mupip journal -extract="$FOLDER/none/x" -forward '*'

step "the extract loads into the same database"
wanted=$(digest A)
mkdir "$FOLDER/B"
global_directory B
on B mupip create
on B mupip load "$FOLDER/all.ext"
[[ $(digest B) == "$wanted" ]] || fail "the loaded database holds something else"

step "the next sequence number, and who writes" # Shows: journal.show 6.endseqno
on A mupip journal -show=header -forward '*'
[[ $(sed -n 's/^ End Region Sequence Number *\([0-9]*\) .*/\1/p' "$SAID" | sort -n | tail -n 1) == $((UPDATES[A] + 1)) ]] ||
  fail "End Region Sequence Number is not $((UPDATES[A] + 1)): $(cat "$SAID")"
on A mupip journal -show -forward "$FOLDER/A/gtm.mjl"
said "Process(es) with BROKEN transactions in this journal:"
on A mupip journal -show=processes -forward '*'
said "Process(es) that are COMPLETE in this journal:"
said "%GTM-S-JNLSUCCESS, Show successful"

step "a damaged file is named, with the place" # Shows: journal.verify
on A mupip journal -verify -forward '*'
said "%GTM-S-JNLSUCCESS, Verify successful"
cp --sparse=always "$FOLDER/A/gtm.mjl" "$FOLDER/bad.mjl"
printf 'x' | dd of="$FOLDER/bad.mjl" bs=1 seek=$((0x2003)) conv=notrunc 2>"$SAID" || fail "$(cat "$SAID")"
expect_message A 130 "%GTM-E-JNLBADRECFMT, Journal File Record Format Error encountered for file @/bad.mjl at disk address 0x00002000" \
  mupip journal -verify -forward "$FOLDER/bad.mjl"

step "an old copy comes forward by the journals, earlier generations only when they are asked for" # Shows: journal.forward breaks.30
mkdir "$FOLDER/copy"
for file in gtm.dat x.dat; do cp --sparse=always "$FOLDER/A/$file" "$FOLDER/copy/"; done
update A 50
on A mupip set -journal=on,before_images -region '*'
update A 50
wanted=$(digest A)
for file in gtm.dat x.dat; do
  rm -f "$FOLDER/A/$file"*
  cp --sparse=always "$FOLDER/copy/$file" "$FOLDER/A/"
done
expect_message A 130 "%GTM-E-JNLDBTNNOMATCH, Journal file @/A/gtm.mjl has beginning transaction number" \
  mupip journal -recover -forward '*'
on A mupip journal -recover -forward -chain '*'
said "%GTM-I-MUJNLPREVGEN, Previous generation journal file @/A/gtm.mjl_"
said "%GTM-I-JNLSTATE, Journaling state for database file @/A/gtm.dat is now OFF"
said "%GTM-S-JNLSUCCESS, Recover successful"
[[ $(digest A) == "$wanted" ]] || fail "the recovered copy holds something else"
expect_message A 130 "%GTM-E-NOTALLJNLEN, Journaling disabled/off for all regions" mupip journal -recover -forward '*'

step "back to a time, and what was taken out" # Shows: journal.backward
on A mupip set -journal=on,before_images -region '*'
update A 1
kept=$(digest A)
later_than() { [[ $(date +%s) -gt $1 ]]; }
moment=$(date +%s)
within "$DEADLINE_S" "the next second" later_than "$moment"
time=$(LC_ALL=C date -d "@$moment" '+%d-%b-%Y %H:%M:%S')
update A 20
after=$(digest A)
on A mupip journal -recover -backward -before="\"$time\"" -losttrans="$FOLDER/lost.glo" '*'
said "%GTM-I-FILECREATE, Lost transactions extract file @/lost.glo created"
said "%GTM-I-TEXT, 20 transactions taken out"
[[ $(head -n 1 "$FOLDER/lost.glo") == "GDSJEX07 RECOVER" ]] || fail "first line: $(head -n 1 "$FOLDER/lost.glo")"
[[ $(digest A) == "$kept" ]] || fail "not the state of $time"
check_everything
on A mupip journal -recover -backward -before="\"$time\"" -losttrans="$FOLDER/again.glo" '*'
said "%GTM-I-FILENOTCREATE, Lost transactions extract file @/again.glo not created"
on A mupip load "$FOLDER/lost.glo"
[[ $(digest A) == "$after" ]] || fail "the lost transactions do not bring the later state back"
