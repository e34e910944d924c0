# shellcheck shell=bash
# Processes die while a database is open, and what says so is gone: its control file was lost, or the database is used by another name,
# whose control file says "closed". What the journal has beyond the file was acknowledged, so nobody may read, or call well, a
# database without it.
only_headwater "our own files and messages"
SETS=100

# made SITE: a journaled database with one node.
made() {
  mkdir "$FOLDER/$1"
  edit_global_directory "$1" >"$SAID" 2>&1 <<<"change -segment DEFAULT -file=\"$FOLDER/$1/gtm.dat\"
exit"
  on "$1" mupip create
  on "$1" mupip set -journal=enable,on,before -region '*'
  on "$1" gbl set '^a' 1
}
# dies SITE: a process that has made single sets, which LMDB gets later, is killed before a second is over. Nobody reads meanwhile:
# a reader brings the file up.
dies() {
  { for ((i = 1; i <= SETS; ++i)); do echo "set ^b($i)=$i"; done; echo 'write "there",!'; echo 'hang 60'; } >"$FOLDER/$1/sets"
  : >"$FOLDER/$1/out"
  ( environment_of "$1"; cd "$FOLDER/$1" && exec gbl run sets >out 2>/dev/null ) &
  local pid=$!
  written() { grep -q there "$FOLDER/$1/out"; }
  within "$DEADLINE_S" "the sets are made" written "$1"
  kill -KILL $pid
  wait $pid 2>/dev/null
}
nodes() { quietly "$1" mupip extract -stdout 2>/dev/null | grep -c '^^b('; }

# refused_or_whole SITE COMMAND...: it may not succeed without the updates.
refused_or_whole() {
  attempt "$@"
  [[ $STATUS -ne 0 ]] && { grep -q 'the journal goes on' "$SAID" || fail "refused, without the reason: ${*:2}"$'\n'"$(cat "$SAID")"; return; }
  [[ $(nodes "$1") -eq $SETS ]] || fail "${*:2} says that all is well; $(nodes "$1") of $SETS nodes are there"$'\n'"$(cat "$SAID")"
}
# asked SITE FILE: the database is FILE.
asked() {
  refused_or_whole "$1" gbl get '^b(1)'
  refused_or_whole "$1" mupip extract -stdout
  refused_or_whole "$1" mupip extract "$FOLDER/$1/out.zwr"
  refused_or_whole "$1" mupip rundown -region '*'
  refused_or_whole "$1" mupip rundown -file "$2"
  refused_or_whole "$1" mupip journal -recover -backward '*'
  refused_or_whole "$1" mupip integ -region '*'
  refused_or_whole "$1" gbl set '^c' 1
}

step "the control file is lost"
made A
segments() { ipcs -m | awk '$2 ~ /^[0-9]+$/ { print $2 }' | sort; }
before=$(segments)
dies A
# Only the control file named the dead process's shared memory.
for segment in $(comm -13 <(echo "$before") <(segments)); do ipcrm -m "$segment"; done
rm "$FOLDER/A/gtm.dat-ctl"
asked A "$FOLDER/A/gtm.dat"
on A mupip integ -rebuild -region '*'
[[ $(nodes A) -eq $SETS ]] || fail "$(nodes A) of $SETS nodes after integ -rebuild"
on A mupip integ -region '*'
on A gbl set '^c' 1

step "another name of the same file"
made B
ln "$FOLDER/B/gtm.dat" "$FOLDER/B/other.dat"
cp "$FOLDER/B/gtm.gld" "$FOLDER/B/other.gld"
mkdir "$FOLDER/C"
cp "$FOLDER/B/gtm.gld" "$FOLDER/C/gtm.gld"
edit_global_directory C >"$SAID" 2>&1 <<<"change -segment DEFAULT -file=\"$FOLDER/B/other.dat\"
exit"
on C gbl get '^a'
dies B
asked C "$FOLDER/B/other.dat"
[[ $(nodes B) -eq $SETS ]] || fail "$(nodes B) of $SETS nodes by the name under which it was open"

step "the journal is renamed while a process commits to it"
made D
mkfifo "$FOLDER/D/in"
( environment_of D; cd "$FOLDER/D" && exec gbl <in >out 2>&1 ) &
pid=$!
exec 8>"$FOLDER/D/in"
echo 'set ^open=1' >&8
is_open() { [[ $(quietly D gbl get '^open' 2>/dev/null) == 1 ]]; }
within "$DEADLINE_S" "the process has the database open" is_open
mv "$FOLDER/D/gtm.mjl" "$FOLDER/D/gtm.mjl.1"
echo 'tstart  set ^n=2 tcommit' >&8
exec 8>&-
wait $pid || fail "a durable transaction failed that was made: $(cat "$FOLDER/D/out")"
mv "$FOLDER/D/gtm.mjl.1" "$FOLDER/D/gtm.mjl"
[[ $(quietly D gbl get '^n') == 2 ]] || fail "the transaction is not there"
on D mupip integ -region '*'
