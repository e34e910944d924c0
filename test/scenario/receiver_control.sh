# shellcheck shell=bash
# -receiver -checkhealth and -updateonly, with everything alive, one dead, both dead, and none there.
instance A B
root A
feed A B
standby B A
receiver="mupip replicate -receiver"
# shellcheck disable=SC2086
health() { expect_message B "$1" "$2" $receiver -checkhealth; }

step "no receiver server yet" # Shows: 3.receiver.health 3.receiver.updateonly
nothing="%GTM-E-NORECVPOOL, No receiver pool info found in the replication instance of @/B/gtm.repl"
# shellcheck disable=SC2086
for action in -checkhealth -showbacklog "-shutdown -timeout=0" "-start -updateonly" "-changelog -log_interval=5" -statslog=on -stopreceiverfilter; do
  expect_message B 146 "$nothing" $receiver $action
done

step "both alive" # Shows: 3.receiver.health
receiver B
update A 20
expect_equal A B
health 0 "PID $(receiver_pid B) Receiver server is alive"
said "PID $(update_pid B) Update process is alive"
# shellcheck disable=SC2086
on B $receiver -showbacklog
said "0 : number of backlog transactions received by receiver server and yet to be processed by update process"
said "20 : sequence number of last transaction received from Source Server and written to receive pool"
said "20 : sequence number of last transaction processed by update process"

step "a second receiver server, a second update process" # Shows: 3.receiver.updateonly
remember B receiver
remember B update
expect_message B 250 "%GTM-E-RECVPOOLSETUP, Receive Pool setup error" \
  mupip replicate -receiver -start -listenport="$(port B)" -log="$FOLDER/B/other.log"
said "%GTM-I-TEXT, Receiver Server already exists"
expect_message B 3 "%GTM-E-UPDPROC, Update Process error" mupip replicate -receiver -start -updateonly
said "%GTM-I-TEXT, Update Process exists already. New process not started"
expect_same B receiver
expect_same B update

step "the update process stopped, and started again" # Shows: 3.receiver.health 3.receiver.updateonly
pid=$(update_pid B)
# shellcheck disable=SC2086
on B $receiver -shutdown -updateonly -timeout=0
said "Initiating shut down of Update Process"
said "Update Process exited"
health 4 "PID $(receiver_pid B) Receiver server is alive"
said "PID $pid Update process is NOT alive"
update A 10
# shellcheck disable=SC2086
on B $receiver -start -updateonly
said "%GTM-I-REPLINFO, Update Process started successfully"
expect_equal A B
expect_same B receiver

step "the receiver server killed" # Shows: 3.receiver.health 3.receiver.updateonly
pid=$(receiver_pid B)
kill9 B receiver
health 1 "PID $pid Receiver server is NOT alive"
said "PID $(update_pid B) Update process is alive"
expect_message B 250 "%GTM-E-RECVPOOLSETUP, Receive Pool setup error" mupip replicate -receiver -start -updateonly
said "%GTM-I-TEXT, Receiver server does not exist. Start it first"
update A 10

step "both killed" # Shows: 3.receiver.health
kill9 B update
health 5 "PID $pid Receiver server is NOT alive"
said "Update process is NOT alive"
expect_message B 1 "Receiver Server exited abnormally" mupip replicate -receiver -shutdown -timeout=0
said "Update Process exited abnormally, INTEGRITY CHECK might be warranted"
said "Receive pool shared memory removed"
receiver B
expect_equal A B
