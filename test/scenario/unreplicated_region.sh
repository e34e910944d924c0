# shellcheck shell=bash
# A region whose journaling is enabled and that does not replicate: no source server starts, of whatever kind, because what is
# updated there would be missing at the secondaries.
instance A B
choose_port B
port=$(port B)
refused="%GTM-E-REPLOFFJNLON, Replication state for database file @/A/x.dat is OFF but journaling state is enabled"
# not_started WHAT QUALIFIER...
not_started() {
  local what=$1
  shift
  attempt A mupip replicate -source -start -instsecondary=B -log="$FOLDER/A/$what.log" -buffsize=1048576 "$@"
  [[ $STATUS -ne 0 ]] || fail "started: $what"
  expect_log A "$what" "$refused"
  # Nothing is left of the attempt: no journal pool, and so nothing for a receiver server to use.
  expect_message A 138 "%GTM-E-NOJNLPOOL, No journal pool info found in the replication instance of @/A/gtm.repl" \
    mupip replicate -source -checkhealth
  expect_message A 138 "%GTM-E-NOJNLPOOL" \
    mupip replicate -receiver -start -listenport="$port" -log="$FOLDER/A/receiver.log"
}

step "journaling on, replication off" # Shows: 3.start.failed
on A mupip set -replication=off -region XREG
not_started active -secondary=127.0.0.1:"$port"
not_started active-propagating -secondary=127.0.0.1:"$port" -propagateprimary
not_started passive -passive
not_started passive-root -passive -rootprimary

step "journaling off, but enabled"
on A mupip set -journal=enable,off -region XREG
not_started enabled -passive

step "journaling disabled: the region is left alone"
on A mupip set -journal=disable -region XREG
standby A B
for change in -journal=enable,on,before -journal=enable,off -replication=on; do
  attempt A mupip set "$change" -region XREG # While the instance is up it stays so.
  [[ $STATUS -ne 0 ]] || fail "$change was not refused"
  said "%GTM-I-MUSTANDALONE, Could not get exclusive access to @/A/x.dat"
done
take_down A

step "all replicate again"
on A mupip set -replication=on -region XREG
root A
link A B
update A 20
expect_equal A B
