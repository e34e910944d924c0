# shellcheck shell=bash
# Filters: what they may change, and what becomes of a server whose filter fails. GT.M buffers and times its filters in
# another way (a minute at least), so this is ours alone; its lines are checked by the unit test of the codec.
only_headwater "GT.M waits a minute for a silent filter"
instance A B C
root A

# filter NAME: the script of standard input; FILTER is what runs it with sed.
filter() {
  cat >"$FOLDER/$1.sed"
  FILTER="-filter=\"sed -u -E -f $FOLDER/$1.sed\""
}
filter_pid() { sed -n 's/.*Filter started. PID //p' "$FOLDER/$1" | tail -1; }
filter_runs() { [[ -n $(filter_pid "$1") ]] && kill -0 "$(filter_pid "$1")"; }
expect_filtered() { # A B SED: B holds what SED makes of A's extract
  in_step "$1" "$2"
  diff <(extract "$1" | sed -E -f "$FOLDER/$3.sed") <(extract "$2") >"$SAID" || fail "$2 is not $1 as $3 has it: $(cat "$SAID")"
  diff <(extract "$1") <(extract "$2") >"$SAID" && fail "$3 changed nothing"
  :
}

step "a source server's filter rewrites" # Shows: 3.filter.source 3.filter.lines
filter shout <<'E2'
s/="value /="VALUE /
E2
link A B "$FILTER"
update A 40
expect_filtered A B shout
expect_log A source-B "Filter command is sed -u"

step "a receiver server's filter rewrites" # Shows: 3.filter.receiver
standby C A
receiver C "$FILTER"
feed A C
update A 40
expect_filtered A C shout

step "a filter that drops leaves empty transactions" # Shows: 3.filter.drop
unfeed A B
filter drop <<'E2'
s/^(04|05|10)((\\[^\\]*){7})\\0\\0\\\^x.*/00\2\\0/
/^(04|05|10)(\\[^\\]*){7}\\[1-9][0-9]*\\[0-9]+\\\^x/d
E2
feed A B "$FILTER"
extract B | grep -F '^x' >"$FOLDER/before"
update A 60
in_step A B
extract B | grep -F '^x' | diff "$FOLDER/before" - || fail "^x changed on B"
diff <(extract A | grep -F '^a') <(extract B | grep -F '^a' | sed -E 's/="VALUE /="value /') || fail "^a differs"

step "it ends with its server, also when that is killed" # Shows: 3.filter.end
filter_runs A/source-B.log || fail "no filter runs"
old=$(filter_pid A/source-B.log)
unfeed A B
gone "$old" || fail "the filter outlives its server"
feed A B "$FILTER"
update A 10
in_step A B
old=$(filter_pid A/source-B.log)
kill9 A source B
within "$DEADLINE_S" "the filter has ended" gone "$old"
feed A B "$FILTER"
update A 10
in_step A B

step "-stopsourcefilter" # Shows: 3.filter.stop
old=$(filter_pid A/source-B.log)
on A mupip replicate -source -stopsourcefilter -instsecondary=B
said "Stop filter initiated"
within "$DEADLINE_S" "the filter has ended" gone "$old"
expect_message A 1 "No filter currently active" mupip replicate -source -stopsourcefilter -instsecondary=B
expect_log A source-B "Stopping filter"
update A 20
in_step A B
extract B | grep -F '^x' | diff "$FOLDER/before" - >"$SAID" && fail "the filter still works"

step "-stopreceiverfilter"
old=$(filter_pid C/receiver.log)
on C mupip replicate -receiver -stopreceiverfilter
said "Stop filter initiated"
within "$DEADLINE_S" "the filter has ended" gone "$old"
expect_message C 1 "No filter currently active" mupip replicate -receiver -stopreceiverfilter
update A 10
in_step A C
extract C | grep -qF '="value ' || fail "the filter still works"

# fails NAME COMMAND CODE TEXT: A's source server to B with the filter ends with the error; without it all goes on.
fails() {
  unfeed A B
  feed A B "-filter=\"$2\""
  update A 5
  expect_log A source-B "$3"
  expect_log A source-B "$4"
  expect_gone A source B
  feed A B
  in_step A B
}

step "a filter that ends stops the server" # Shows: 3.filter.dead
fails "ends" "read line; exit 7" "%GTM-E-FILTERNOTALIVE, Replication server detected that the filter is not alive while attempting to send seqno" \
  "The filter has ended with exit status 7"
fails "is not there" "/no/such/filter" "exit status 127" "%GTM-E-FILTERNOTALIVE"

step "a filter that answers garbage stops the server" # Shows: 3.filter.garbage
fails "garbage" "sed -u s/^/x/" "%GTM-E-FILTERBADCONV, Bad conversion of seqno" "Not a line of a journal extract"
fails "of another seqno" "sed -u -E 's/^(05|04|08)((.[^,]*,0.0.0.0).[0-9]+)/\\1\\3\\\\\\\\7/'" "%GTM-E-FILTERBADCONV" "The line is not of seqno"

step "a silent filter stops the server" # Shows: 3.filter.silent
export gtm_repl_filter_timeout=1
fails "silent" "exec sleep 600" "%GTM-E-FILTERTIMEDOUT, Replication server timed out attempting to read seqno" "from external filter"
old=$(filter_pid A/source-B.log)
gone "$old" || fail "the silent filter outlives its server"
unset gtm_repl_filter_timeout

step "a hanging filter holds neither -stopsourcefilter nor -shutdown up"
unfeed A B
feed A B '-filter="exec sleep 600"'
update A 5
within "$DEADLINE_S" "the filter has begun" filter_runs A/source-B.log
on A mupip replicate -source -stopsourcefilter -instsecondary=B
in_step A B
unfeed A B
feed A B '-filter="exec sleep 600"'
update A 5
within "$DEADLINE_S" "the filter has begun" filter_runs A/source-B.log
old=$(filter_pid A/source-B.log)
unfeed A B
gone "$old" || fail "the hanging filter outlives its server"
feed A B
in_step A B

step "the receiver server's filter fails in the same ways"
for command in "read line; exit 7" "sed -u s/^/x/"; do
  stop_receiver C
  receiver C "-filter=\"$command\""
  update A 5
  expect_gone C receiver
  expect_message C 1 "Receiver Server exited abnormally" mupip replicate -receiver -shutdown -timeout=0
  receiver C
  in_step A C
done
expect_log C receiver "%GTM-E-FILTERNOTALIVE"
expect_log C receiver "%GTM-E-FILTERBADCONV"

step "a receiver that starts with -stopsourcefilter" # Shows: 3.filter.fromreceiver
unfeed A B
filter shout <<'E2'
s/="value /="VALUE /
E2
feed A B "$FILTER"
stop_receiver B
shouted=$(extract B | grep -cF '="VALUE ')
receiver B -stopsourcefilter
expect_log A source-B "Stopping filter"
update A 20
in_step A B
[[ $(extract B | grep -cF '="VALUE ') -le $shouted ]] || fail "the filter still works"

step "a command that is too long, a patience that is none"
start=(mupip replicate -source -start -instsecondary=D -secondary=127.0.0.1:1 -log="$FOLDER/A/d.log")
expect_message A 250 "%GTM-E-CLISTRTOOLONG, FILTER specified is 512 bytes long which is greater than the allowed maximum of 511 bytes" \
  "${start[@]}" "-filter=\"$(printf 'x%.0s' {1..512})\""
expect_message A 250 "gtm_repl_filter_timeout is soon, not a number of seconds" \
  env gtm_repl_filter_timeout=soon "${start[@]}" -filter=cat
expect_log A d "%GTM-E-MUPCLIERR"
