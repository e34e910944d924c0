# shellcheck shell=bash
# The name of a journal is given to another file while processes have it open: by cp and mv, rsync, sed -i, a restore, rm. Who comes is
# refused, who has it gives it its name again, and nothing that was acknowledged is lost, in a power loss neither. Where the name
# cannot be had, no update is accepted. And in another mount name space, where the name leads to another site's journal.
only_headwater "GT.M goes on in the file without a name"
operator_log || operator_log_has() { true; }

inode() { stat -c %i "$FOLDER/$1/gtm.mjl" 2>/dev/null; }
# replaced SITE HOW: gtm.mjl there is another file, or none.
replaced() {
  local file=$FOLDER/$1/gtm.mjl before
  before=$(inode "$1")
  case $2 in
    copied) cp -a "$file" "$file.x" && mv "$file.x" "$file" ;;
    synchronized) cp "$file" "$FOLDER/$1/.gtm.mjl.Ab12" && mv "$FOLDER/$1/.gtm.mjl.Ab12" "$file" ;;
    edited) sed -i 's/no such text/other/' "$file" ;;
    restored) mv "$FOLDER/$1/earlier.mjl" "$file" ;;
    emptied) : >"$file.x" && mv "$file.x" "$file" ;;
    removed) rm "$file" ;;
  esac
  [[ $(inode "$1") != "$before" ]] || fail "$2, and still the same file"
}
# accepted SITE NODE: an update by a process that comes.
accepted() { quietly "$1" gbl set "$2" 1; }

instance A B
root A
link A B
update A 20
expect_equal A B

for how in copied synchronized edited restored emptied removed; do
  step "$how while an application commits"
  application A
  within "$DEADLINE_S" "the application commits" past_seqno A "$(seqno A)"
  cp -a "$FOLDER/A/gtm.mjl" "$FOLDER/A/earlier.mjl"
  within "$DEADLINE_S" "the application commits" past_seqno A "$(seqno A)"
  replaced A $how
  within "$DEADLINE_S" "an update of a process that comes is accepted" accepted A "^a(\"$how\")"
  stop_application A
  rm -f "$FOLDER/A/earlier.mjl"
  on A mupip integ -region '*'
  expect_equal A B
  operator_log_has 12 GTM-JNLWATCH-A "%GTM-W-HWJNLPUTBACK, Journal file @/A/gtm.mjl had been removed or replaced" ||
    fail "the operator log does not say so"
done
step "after a power loss"
power_loss A
expect_equal A B

step "at the secondary"
cp -a "$FOLDER/B/gtm.mjl" "$FOLDER/B/earlier.mjl"
update A 20
in_step A B
replaced B restored
update A 20
expect_equal A B
within "$DEADLINE_S" "an operator's command has the journal" quietly B mupip set -journal=enable,on,before -region '*'
on B mupip integ -region '*'
power_loss B
expect_equal A B

step "who comes is refused, and changes nothing"
mkfifo "$FOLDER/A/in"
# One that gives nothing its name: it stands still.
( environment_of A; cd "$FOLDER/A" && exec gbl <in >out 2>&1 ) &
pid=$!
exec 8>"$FOLDER/A/in"
echo 'set ^open=1' >&8
within "$DEADLINE_S" "the process has the database open" quietly A gbl get '^open'
in_step A B
mapfile -t holders < <(processes_of A)
kill -STOP "${holders[@]}"
replaced A copied
before=$(sha256sum <"$FOLDER/A/gtm.mjl")
for command in "gbl set ^a(1) 1" "mupip set -journal=enable,on,before -region DEFAULT" \
  "mupip set -journal=enable,on,before,filename=$FOLDER/A/other.mjl -region DEFAULT" "mupip backup DEFAULT $FOLDER/A/copy.dat"; do
  # shellcheck disable=SC2086
  attempt A $command
  [[ $STATUS -ne 0 ]] && grep -q "HWJNLREPLACED, Journal file $FOLDER/A/gtm.mjl is not the one" "$SAID" ||
    fail "status $STATUS of $command: $(cat "$SAID")"
done
[[ $(sha256sum <"$FOLDER/A/gtm.mjl") == "$before" ]] || fail "the file that has the name was changed"
[[ ! -e $FOLDER/A/other.mjl && ! -e $FOLDER/A/copy.dat ]] || fail "something was made"
kill -CONT "${holders[@]}"
within "$DEADLINE_S" "an update is accepted" accepted A '^a(1)'

step "where it cannot have its name no update is accepted"
mv "$FOLDER/A/gtm.mjl" "$FOLDER/A/kept.mjl"
cp -a "$FOLDER/B/gtm.mjl" "$FOLDER/A/gtm.mjl"
before=$(sha256sum <"$FOLDER/A/gtm.mjl")
flagged() { quietly A mupip replicate -source -status -json | grep -q '"journal_replaced": true'; }
within "$DEADLINE_S" "who has it finds out" flagged
operator_log_has 11 GTM-JNLSYNC-A "%GTM-E-HWJNLREPLACED, Journal file @/A/gtm.mjl is not the one" ||
  fail "the operator log does not say so"
echo 'set ^refused=1' >&8
exec 8>&-
! wait $pid || fail "an update was accepted"
grep -q HWJNLREPLACED "$FOLDER/A/out" || fail "refused for another reason: $(cat "$FOLDER/A/out")"
attempt A gbl get '^a(1)'
[[ $STATUS -eq 0 ]] || fail "nothing can be read: $(cat "$SAID")"
[[ $(sha256sum <"$FOLDER/A/gtm.mjl") == "$before" ]] || fail "the other database's journal was changed"
mv "$FOLDER/A/kept.mjl" "$FOLDER/A/gtm.mjl"
within "$DEADLINE_S" "once it is back an update is accepted" accepted A '^a(2)'
! quietly A gbl get '^refused' >"$SAID" 2>&1 || fail "what was refused is there: $(cat "$SAID")"
expect_equal A B
on A mupip integ -region '*'

# ---- without replication ----

mkdir "$FOLDER/P"
printf 'change -segment DEFAULT -file="%s"\nexit\n' "$FOLDER/P/gtm.dat" | quietly P gde >"$SAID" 2>&1
on P mupip create
on P mupip set -journal=enable,on,before -region '*'
sets=0
for how in copied edited restored removed; do
  step "without replication: $how"
  rm -f "$FOLDER/P/in"
  mkfifo "$FOLDER/P/in"
  ( environment_of P; cd "$FOLDER/P" && exec gbl <in >out 2>&1 ) &
  pid=$!
  exec 8>"$FOLDER/P/in"
  set_by_holder() {
    sets=$((sets + 1))
    echo "set ^p($sets)=$sets" >&8
    within "$DEADLINE_S" "it is set" quietly P gbl get "^p($sets)"
  }
  set_by_holder
  cp -a "$FOLDER/P/gtm.mjl" "$FOLDER/P/earlier.mjl"
  set_by_holder
  replaced P $how
  set_by_holder
  within "$DEADLINE_S" "an update of a process that comes is accepted" accepted P "^new(\"$how\")"
  set_by_holder
  on P mupip integ -region '*'
  quietly P mupip extract -stdout 2>/dev/null | tail -n +3 >"$FOLDER/before"
  read -rt 2 <> <(:) || true # What was set last is on disk.
  kill_all_of P
  wait $pid 2>/dev/null
  exec 8>&-
  remove_noted_segments
  BOOT[P]=boot-$how
  quietly P mupip extract -stdout 2>/dev/null | tail -n +3 >"$FOLDER/after"
  diff "$FOLDER/before" "$FOLDER/after" >"$SAID" || fail "after a power loss: $(cat "$SAID")"
  [[ $(grep -c '^^p(' "$FOLDER/after") -eq $sets ]] || fail "not $sets nodes: $(cat "$FOLDER/after")"
  on P mupip integ -region '*'
done

# ---- mount name spaces ----

step "another mount name space, where the name leads to another site's journal"
if ! own_space || ! unshare -m --propagation private true 2>/dev/null; then
  echo "not shown: no mount name spaces here"
  return 0
fi
mkdir "$FOLDER"/{data,peer,M,N}
# in_space OWN PEER COMMAND: OWN is at data there, and PEER at peer.
in_space() {
  # shellcheck disable=SC2016
  OWN=$1 PEER=$2 ROOT=$FOLDER quietly "$1" unshare -m --propagation private bash -c 'mount --bind "$ROOT/$OWN" "$ROOT/data" &&
    mount --bind "$ROOT/$PEER" "$ROOT/peer" && cd "$ROOT/data" && export gtmgbldir=$ROOT/data/gtm.gld gtm_repl_instance= && '"$3"
}
make='printf "change -segment DEFAULT -file=\"$ROOT/data/gtm.dat\"\nexit\n" | gde
  mupip create && mupip set -journal=enable,on,before -region "*" && gbl set "^a(1)" first'
{ in_space M N "$make" && in_space N M "$make"; } >"$SAID" 2>&1 || fail "$(cat "$SAID")"
# shellcheck disable=SC2016
in_space N M 'export gtmgbldir=$ROOT/data/peer.gld; printf "change -segment DEFAULT -file=\"$ROOT/peer/gtm.dat\"\nexit\n" | gde' >"$SAID" 2>&1
mkfifo "$FOLDER/M/in"
in_space M N 'exec gbl <in >out 2>&1' &
pid=$!
exec 8>"$FOLDER/M/in"
echo 'set ^a(2)="two"' >&8
# shellcheck disable=SC2016
is_open() { in_space N M 'gtmgbldir=$ROOT/data/peer.gld gbl get "^a(2)"'; }
within "$DEADLINE_S" "the process has the database open" is_open
before=$(sha256sum <"$FOLDER/N/gtm.mjl")
# shellcheck disable=SC2016
in_space N M 'gtmgbldir=$ROOT/data/peer.gld gbl set "^a(3)" other' >"$SAID" 2>&1 && fail "an update was accepted: $(cat "$SAID")"
grep -q 'HWJNLREPLACED' "$SAID" || fail "refused for another reason: $(cat "$SAID")"
grep -q 'of another database' "$SAID" || fail "the other database is not named: $(cat "$SAID")"
[[ $(sha256sum <"$FOLDER/N/gtm.mjl") == "$before" ]] || fail "the other site's journal was changed"
echo 'set ^a(4)="four"' >&8
exec 8>&-
wait $pid || fail "who has the database open: $(cat "$FOLDER/M/out")"
for name in M N; do in_space $name $name 'mupip integ -region "*"' >"$SAID" 2>&1 || fail "$name: $(cat "$SAID")"; done
[[ $(in_space M N 'gbl get "^a(4)"') == four ]] || fail "an update is missing"
