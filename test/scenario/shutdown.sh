# shellcheck shell=bash
# Starts and shutdowns in every order; who leaves last takes the pool along, and the instance file is exact then.
instance A B
in_file() { quietly "$1" mupip replicate -editinstance -show "$FOLDER/$1/gtm.repl" 2>&1 | sed -n "s/^HDR $2 *\([^ ]*\).*/\1/p"; }

step "the receiver needs a pool, which a source server makes" # Shows: 5.startup
choose_port B
expect_message B 138 "%GTM-E-NOJNLPOOL, No journal pool info found in the replication instance of @/B/gtm.repl" \
  mupip replicate -receiver -start -listenport="$(port B)" -log="$FOLDER/B/receiver.log"
echo 'set ^a=1' | quietly A "${STATEMENTS[@]}" >"$SAID" 2>&1
said "%GTM-E-NOJNLPOOL"
root A
feed A B # Nobody listens there yet.
update A 10
standby B A
receiver B
expect_equal A B

step "backlog" # Shows: 3.backlog
stop_receiver B
update A 7
on A mupip replicate -source -showbacklog -instsecondary=B
said "%GTM-I-LASTTRANS, Last transaction sequence number posted         : 17"
said "%GTM-I-LASTTRANS, Last transaction sequence number sent           : 10"
receiver B
expect_equal A B

step "the source server before the receiver: the pool stays, and says so" # Shows: 3.receiver.last
on_or_1() { attempt "$@"; [[ $STATUS -le 1 ]] || fail "status $STATUS: $(cat "$SAID")"; }
on_or_1 B mupip replicate -source -shutdown -timeout=0
said "Not deleting jnlpool ipcs."
said "processes still attached to jnlpool"
[[ $(in_file B Crash) == TRUE ]] || fail "B is marked clean while its pool is there"
standby B A
update A 3
expect_equal A B

step "the last one takes the pool along; the file is exact and clean" # Shows: 3.shutdown.last 4.decided.lag 5.shutdown breaks.11 breaks.12
for site in B A; do
  if [[ $site == B ]]; then stop_receiver B; fi
  on $site mupip replicate -source -shutdown -timeout=0
  said "Journal pool shared memory removed"
  [[ $(in_file $site "Journal Sequence Number") == 21 ]] || fail "seqno in the file of $site: $(in_file $site "Journal Sequence Number")"
  [[ $(in_file $site Crash) == FALSE ]] || fail "$site is not marked clean"
  on $site mupip rundown -region '*'
  said "successfully rundown"
  forget_servers $site
done

step "an application that stays keeps the pool" # Shows: 3.shutdown.last
feed A B
seqno=$(seqno A)
application A
within "$DEADLINE_S" "the application updates" past_seqno A "$seqno"
on_or_1 A mupip replicate -source -shutdown -timeout=0
said "Not deleting jnlpool ipcs."
stop_application A
feed A B
standby B A
receiver B
expect_equal A B
