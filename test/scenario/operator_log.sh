# shellcheck shell=bash
# What an operator must not have to look for in a server's log goes to syslog too, as from GT.M's writers: messages of section 11
# that a server reports, or ends with, and JNLPOOLBADSLOT of whoever finds it.
only_headwater "its syslog lines end with an address in its code"
operator_log || {
  echo "skipped: no machine space of its own here"
  exit 77
}
instance A B C
root A
link A B
update A 20
expect_equal A B

step "a source server that ends itself" # Shows: 11.operator
unfeed A B
PORT[C]=$(port B)
feed A C
expect_log A source-C "%GTM-E-REPLINSTSECMTCH"
mismatch="Secondary replication instance name B sent by receiver does not match C specified at source server startup"
expect_operator_log 11 GTM-SRCSRVR-A "%GTM-E-REPLINSTSECMTCH, $mismatch"
expect_gone A source C

step "a source server that goes on" # Shows: 11.operator
forget_servers A
feed A B
choose_port C
feed A C -connectparams=1,100,1,1,2,20
expect_operator_log 12 GTM-SRCSRVR-A "%GTM-W-REPLALERT, Source Server could not connect to replicating instance [C] for"
expect_alive A source C

step "a slot with inconsistent facts" # Shows: 11.operator 11.JNLPOOLBADSLOT 3.badslot
at=$(quietly A mupip replicate -source -jnlpool -show -detail 2>&1 | sed -n 's/^0x\([0-9A-F]*\) 0x[0-9A-F]* SRC # 1 : Processing State  .*/\1/p')
pid=$(source_pid A C)
on A mupip replicate -source -jnlpool -change -offset="$at" -size=4 -value=63
on A mupip replicate -source -showbacklog
expect_operator_log 12 GTM-MUPIP-A \
  "%GTM-W-JNLPOOLBADSLOT, Source server slot for secondary instance C is in an inconsistent state. Pid = [$pid], State = [99], SlotIndex = [1]"

step "an image that cannot be made, told once by each process that tries"
mkdir "$FOLDER/A/gtm.dat-ckpt_new"
rm "$FOLDER/A/gtm.dat-ckpt"
expect_operator_log 11 GTM-CHECKPOINT-A "%GTM-E-DBOPNERR, Error opening database file @/A/gtm.dat-ckpt_new"
read -rt 3 <> <(:) || true # It is tried again each second.
[[ -z $(grep -o "GTM-CHECKPOINT-A.*]" "$FOLDER/operator.log" | sort | uniq -d) ]] ||
  fail "the operator log: $(cat "$FOLDER/operator.log")"
rmdir "$FOLDER/A/gtm.dat-ckpt_new"
within "$DEADLINE_S" "the image is there" test -e "$FOLDER/A/gtm.dat-ckpt"

step "both ends, where history is missing" # Shows: 11.operator
stop_receiver B
update A 10
take_down A
rm A/gtm.repl
on A mupip replicate -instance_create -name=A
feed A B
receiver B
expect_operator_log 11 GTM-RCVSRVR-B "%GTM-E-REPLINSTNOHIST, History record for seqno"
expect_operator_log 11 GTM-SRCSRVR-A "%GTM-E-REPLINSTNOHIST, History record for seqno"
allow REPLINSTNOHIST
expect_gone B receiver
attempt B mupip replicate -receiver -shutdown -timeout=0

step "dse" # Shows: 8.change
on B mupip replicate -source -shutdown -timeout=0
forget_servers B
on B dse change -fileheader -key_max_size=200
expect_operator_log 14 GTM-DSE "%GTM-I-HWHEADERCHANGED"
on B dse change -fileheader -zqgblmod_seqno=5
on B dse change -fileheader -freeze=true
on B dse change -fileheader -freeze=false
expect_message B 34 "HWHEADERVALUE" dse change -fileheader -reg_seqno=0
for line in "ZQGBLMOD_SEQNO changed from 0x0000000000000000 to 0x0000000000000005 by user $(id -un)" \
  "FREEZE changed from FALSE to TRUE by user" "FREEZE changed from TRUE to FALSE by user"; do
  expect_operator_log 14 GTM-DSE "%GTM-I-HWHEADERCHANGED, Database file @/B/gtm.dat: $line"
done
[[ $(grep -c GTM-DSE "$FOLDER/operator.log") -eq 4 ]] || fail "the operator log: $(cat "$FOLDER/operator.log")"
kill "$OPERATOR_LOG_PID"
