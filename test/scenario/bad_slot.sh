# shellcheck shell=bash
# Slots of the journal pool with inconsistent facts: each command that meets one says so, repairs it and does its work.
only_headwater "the pools are laid out differently"
instance A
root A
standby A X
standby A Y
pool="mupip replicate -source -jnlpool"
# slot_field INDEX NAME: offset of the field, as -detail shows it.
# shellcheck disable=SC2086
slot_field() { quietly A $pool -show -detail 2>&1 | sed -n "s/^0x\([0-9A-F]*\) 0x[0-9A-F]* SRC # $1 : $2  .*/\1/p"; }
# spoil INDEX NAME VALUE [BYTES]
# shellcheck disable=SC2086
spoil() {
  local at
  at=$(slot_field "$1" "$2")
  [[ -n $at ]] || fail "no field $2"
  on A $pool -change -offset="$at" -size="${4:-4}" -value="$3"
}
pid=$(source_pid A X)
freeze A source X # A server that looks at its slot meanwhile puts it right itself.

step "a running server without a mode" # Shows: 3.badslot 11.JNLPOOLBADSLOT
spoil 0 "Source Server Mode" 0
on A mupip replicate -source -checkhealth -instsecondary=X
said "%GTM-W-JNLPOOLBADSLOT, Source server slot for secondary instance X is in an inconsistent state. Pid = [$pid], State = [1], SlotIndex = [0]"
said "PID $pid Source server is alive in PASSIVE mode"
on A mupip replicate -source -checkhealth
said_times 0 "JNLPOOLBADSLOT"
said_times 1 "PID $pid Source server is alive in PASSIVE mode"

step "a running server without a state" # Shows: 3.badslot
spoil 0 "Processing State" 63
on A mupip replicate -source -showbacklog
said_times 1 "%GTM-W-JNLPOOLBADSLOT, Source server slot for secondary instance X"
on A mupip replicate -source -showbacklog
said_times 0 "JNLPOOLBADSLOT"

step "a number that was not taken away" # Shows: 3.badslot
thaw
unfeed A Y
spoil 1 "Source Server Mode" 2
expect_message A 202 "%GTM-E-SRCSRVNOTEXIST, Source server for secondary instance Y is not alive" \
  mupip replicate -source -statslog=on -instsecondary=Y
said_times 1 "%GTM-W-JNLPOOLBADSLOT, Source server slot for secondary instance Y is in an inconsistent state. Pid = [0], State = [0], SlotIndex = [1]"
on A mupip replicate -source -checkhealth
said_times 0 "JNLPOOLBADSLOT"
said_times 0 "[Y]"

step "a name that is not the instance file's" # Shows: 3.badslot
freeze A source X
spoil 0 "Secondary Instance Name" 5A5A 2
on A mupip replicate -source -needrestart -instsecondary=X
said_times 1 "%GTM-W-JNLPOOLBADSLOT, Source server slot for secondary instance X"
on A mupip replicate -source -checkhealth -instsecondary=X
said "PID $pid Source server is alive in PASSIVE mode"

step "a server that starts repairs, too" # Shows: 3.badslot
thaw
spoil 1 "Source Server Mode" 2
standby A Y
on A mupip replicate -source -checkhealth
said_times 0 "JNLPOOLBADSLOT"
said_times 2 "is alive in PASSIVE mode"
