# shellcheck shell=bash
# -source -status -json: the whole instance for a monitoring program, up, down, behind and crashed.
only_headwater "the command is ours"
instance A B C
status="mupip replicate -source -status -json"
# tells A 'EXPRESSION': the expression is true of A's status, the dictionary s; secondary("B") is a slot of it.
tells() {
  # shellcheck disable=SC2086
  on "$1" $status
  python3 - "$2" "$SAID" <<'PYTHON' || fail "not so of $1: $2"$'\n'"$(cat "$SAID")"
import json, sys
s = json.load(open(sys.argv[2]))
def secondary(name):
    return next(slot for slot in s["slots"] if slot["secondary"] == name)
sys.exit(0 if eval(sys.argv[1]) else 1)
PYTHON
}
soon() { (tells "$@") >/dev/null 2>&1; }

step "before the first start" # Shows: 3.status
tells A 's["format"] == 1 and s["instance"] == "A" and not s["up"] and not s["rollback_needed"] and not s["updates_enabled"]'
tells A 's["slots"] == [] and s["history"] == [] and s["receiver"] is None and s["journal_pool"] is None and s["next_seqno"] == 1'
tells A 's["fence"] == {"required": False, "known_epoch": None, "epoch": None, "stopped": None, "seconds_left": None}'

step "a root, a secondary that propagates, one below it" # Shows: 3.status
root A
link A B
link B C
standby A X
update A 40
expect_equal A B C
tells A 's["up"] and s["role"] == "root" and s["updates_enabled"] and s["next_seqno"] == 41 and s["receiver"] is None'
tells A '[slot["secondary"] for slot in s["slots"]] == ["B", "X"]'
tells A "secondary('B')['server']['pid'] == $(source_pid A B) and secondary('B')['server']['alive']"
tells A "secondary('B')['server']['mode'] == 'active' and secondary('B')['server']['port'] == $(port B)"
tells A 'secondary("B")["server"]["connected"] and secondary("B")["server"]["state"] == "sending" and not secondary("B")["needs_restart"]'
tells A 'secondary("B")["sent_seqno"] == 40 and secondary("B")["lag"]["unsent_transactions"] == 0'
within "$DEADLINE_S" "B has acknowledged" soon A 'secondary("B")["lag"] == {"unsent_transactions": 0, "unacknowledged_transactions": 0, "seconds": 0.0}'
tells A 'secondary("X")["server"]["mode"] == "passive" and secondary("X")["server"]["host"] is None and secondary("X")["needs_restart"]'
tells A '[(h["root"], h["start_seqno"], h["cycle"]) for h in s["history"]] == [("A", 1, 1)]'
tells A 'sorted(r["name"] for r in s["regions"]) == ["DEFAULT", "XREG"] and max(r["next_seqno"] for r in s["regions"]) == 41'
tells B 's["role"] == "propagating" and not s["updates_enabled"] and s["receiver"]["primary"] == "A" and s["receiver"]["state"] == "connected"'
tells B "s['receiver']['pid'] == $(receiver_pid B) and s['receiver']['update_process']['pid'] == $(update_pid B)"
tells B 's["receiver"]["received_seqno"] == 40 and s["receiver"]["applied_seqno"] == 40 and s["receiver"]["backlog_transactions"] == 0'
tells C '[(h["root"], h["start_seqno"], h["cycle"]) for h in s["history"]] == [("A", 1, 1)]'

step "rates under a load" # Shows: 3.status
application A
within "$DEADLINE_S" "a rate" soon A 'secondary("B")["rates"]["transactions_per_second"] > 0 and secondary("B")["rates"]["bytes_per_second"] > 0'
stop_application A
expect_equal A B C

step "a secondary that is away: how far behind, and since when" # Shows: 3.status
within "$DEADLINE_S" "B has acknowledged" soon A 'secondary("B")["lag"]["unacknowledged_transactions"] == 0'
stop_receiver B
before=$(date +%s)
update A 10
tells A 'secondary("B")["lag"]["unsent_transactions"] == 10 and secondary("B")["lag"]["unacknowledged_transactions"] == 10'
lag=$(($(date +%s) - before + 1))
tells A "0 < secondary('B')['lag']['seconds'] <= $lag + 2"
within "$DEADLINE_S" "the lag grows" soon A 'secondary("B")["lag"]["seconds"] > 1.5'

step "so far behind that the pool has it no more" # Shows: 3.status
seq 1 600 | awk '{ printf "set ^a(\"big\",%d)=\"%03000d\"\n", $1, $1 }' | quietly A "${STATEMENTS[@]}" >"$SAID" 2>&1 || fail "$(cat "$SAID")"
lag=$(($(date +%s) - before + 1))
tells A 'secondary("B")["lag"]["unacknowledged_transactions"] == 610'
tells A "1.5 < secondary('B')['lag']['seconds'] <= $lag + 2 and 'seconds_unknown' not in secondary('B')['lag']"
expect_alive A source X
receiver B
expect_equal A B C

step "a server that was killed" # Shows: 3.status
pid=$(source_pid A B)
kill9 A source B
tells A "secondary('B')['server']['pid'] == $pid and not secondary('B')['server']['alive'] and not secondary('B')['server']['connected']"
feed A B
expect_equal A B

step "down in order" # Shows: 3.status
posted=$(seqno A)
take_down A
tells A "not s['up'] and not s['rollback_needed'] and s['role'] == 'root' and s['next_seqno'] == $posted + 1"
tells A "secondary('B')['sent_seqno'] == $posted and secondary('B')['server'] is None and secondary('B')['rates'] is None"

step "crashed" # Shows: 3.status
feed A B
crash A
tells A 's["rollback_needed"] and not s["up"]'
attempt A mupip rundown -region '*'
on A mupip journal -rollback -backward '*'
tells A 'not s["rollback_needed"]'

step "what is no such command" # Shows: 3.status
expect_message A 106 "%GTM-E-CLIERR, Missing or illegal combination of command elements - check documentation: STATUS JSON" mupip replicate -source -status
expect_message A 106 "%GTM-E-CLIERR, Unrecognized option : STATU" mupip replicate -source -statu -json
expect_message A 194 "%GTM-E-FILENOTFND, File @/A/none.repl not found" env gtm_repl_instance="$FOLDER/A/none.repl" $status
feed A B
