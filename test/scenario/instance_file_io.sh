# shellcheck shell=bash
# The disk below the replication instance file fails: each system call of its use, once, with the system's reason. Nothing is
# left half done: the next start works.
only_headwater "the failures are made by a library that is preloaded"
instance A B
root A
start="mupip replicate -source -start -passive -instsecondary=B -log=$FOLDER/A/source-B.log -rootprimary"
# failing CALL ERRNO COMMAND...: the command as it runs on a disk on which the call fails for the instance file.
failing() { echo "env LD_PRELOAD=$HW_FAILING HW_FAILING_CALL=$1:A/gtm.repl:$2"; }
# shellcheck disable=SC2046,SC2086
fails_with() { # CALL ERRNO TEXT REASON COMMAND...
  local call=$1 error=$2 text=$3 reason=$4
  shift 4
  attempt A $(failing "$call" "$error") "$@"
  [[ $STATUS -ne 0 ]] || fail "success although $call failed: $*"
  said "$text"
  said "%SYSTEM-E-ENO$error, $reason"
}

step "opening" # Shows: 2.io 11.REPLINSTOPEN
fails_with open 13 "%GTM-E-REPLINSTOPEN, Error opening replication instance file @/A/gtm.repl" "Permission denied" $start
step "reading" # Shows: 2.io 11.REPLINSTREAD
fails_with pread 5 "%GTM-E-REPLINSTREAD, Error reading [0x" "Input/output error" $start
said "from replication instance file $FOLDER/A/gtm.repl"
step "writing" # Shows: 2.io 11.REPLINSTWRITE
fails_with pwrite 28 "%GTM-E-REPLINSTWRITE, Error writing [0x" "No space left on device" $start
said "in replication instance file $FOLDER/A/gtm.repl"
step "syncing" # Shows: 2.io 11.REPLINSTFSYNC
fails_with fdatasync 5 "%GTM-E-REPLINSTFSYNC, Error fsyncing replication instance file @/A/gtm.repl" "Input/output error" $start
step "creating" # Shows: 2.io 11.REPLINSTCREAT
rm A/gtm.repl
fails_with pwrite 28 "%GTM-E-REPLINSTCREAT, Error creating replication instance file @/A/gtm.repl" "No space left on device" \
  mupip replicate -instance_create -name=A
rm -f A/gtm.repl
step "closing" # Shows: 2.io 11.REPLINSTCLOSE
fails_with close 5 "%GTM-E-REPLINSTCLOSE, Error closing replication instance file @/A/gtm.repl" "Input/output error" \
  mupip replicate -instance_create -name=A

step "on a sound disk"
rm -f A/gtm.repl
on A mupip replicate -instance_create -name=A
link A B
update A 10
expect_equal A B
allow REPLINSTREAD REPLINSTWRITE REPLINSTFSYNC REPLINSTOPEN
