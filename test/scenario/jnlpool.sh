# shellcheck shell=bash
# -source -jnlpool: shows and changes the live journal pool.
only_headwater "the pools are laid out differently"
instance A
pool="mupip replicate -source -jnlpool"
# field NAME: offset and size of a field as -detail shows them, hexadecimal.
field() { quietly A $pool -show -detail 2>&1 | sed -n "s/^0x\([0-9A-F]*\) 0x0*\([0-9A-F]*\) $1  .*/\1 \2/p" | head -1; }
root A

step "no pool" # Shows: 3.jnlpool
# shellcheck disable=SC2086
expect_message A 138 "%GTM-E-NOJNLPOOL, No journal pool info found in the replication instance of @/A/gtm.repl" $pool -show

step "-show" # Shows: 3.jnlpool
feed A X
update A 8
on A $pool -show
for text in "Journal Pool Control Structure" "CTL Journal Seqno                                        9 [0x0000000000000009]" \
  "CTL Updates Disabled                                 FALSE" "Source Server Structures" \
  "SRC # 0 : Secondary Instance Name                        X" "SRC # 0 : Source Server Mode                        ACTIVE" \
  "SRC # 0 : Secondary HOSTNAME                     127.0.0.1"; do
  said "$text"
done
said_times 0 "Offset     Size"
on A $pool -show -detail
said "Offset     Size"

on A mupip replicate -source -showbacklog
said "Last transaction sequence number posted         : 8"

step "-show has the instance file's header and slots, between the pool and its servers" # Shows: 3.jnlpool
feed A Y
update A 3
attempt A $pool -show
sections=$(grep -A1 -x -- '-*' "$SAID" | grep -v '^-')
[[ $(grep -nE '^(Journal Pool Control Structure|File Header|Source Server Slots|Source Server Structures)$' <<<"$sections" |
  cut -d: -f2 | tr '\n' ' ') == "Journal Pool Control Structure File Header Source Server Slots Source Server Structures " ]] ||
  fail "sections: $sections"
said "HDR Instance Name                                        A"
said "SLT # 0 : Secondary Instance Name                        X"
said "SLT # 0 : Resync Sequence Number                         1 [0x0000000000000001]"
said "SLT # 0 : Connect Sequence Number                        0 [0x0000000000000000]"
said "SLT # 1 : Secondary Instance Name                        Y"
on A $pool -show -detail
said "0x00000000 0x0000 SLT # 1 : Secondary Instance Name                        Y"

step "-change" # Shows: 3.jnlpool
read -r at size < <(field "SRC # 0 : Log Interval")
on A $pool -change -offset="$at" -size="$size"
said "Old Value = 1000 [0x000003E8] : New Value = 1000 [0x000003E8] : Size = 4 [0x04]"
on A $pool -change -offset="$at" -size="$size" -value=7
said "Old Value = 1000 [0x000003E8] : New Value = 7 [0x00000007] : Size = 4 [0x04]"
expect_log A source-X "Changing log interval from 1000 to 7"

step "what cannot be done" # Shows: 3.jnlpool
expect_message A 50 "%GTM-E-SIZENOTVALID8, Size (in bytes) must be either 1, 2, 4, or 8" $pool -change -offset=8 -size=3
expect_message A 250 "Error: OFFSET [0x00000009] should be a multiple of Size [4]" $pool -change -offset=9 -size=4
expect_message A 250 "Error: VALUE [0x1FF] does not fit into Size [1]" $pool -change -offset=8 -size=1 -value=1FF
for fixed in "CTL Label" "CTL Version" "CTL Unique Id" "CTL Journal Pool Size (in bytes)"; do
  read -r at _ < <(field "$fixed")
  expect_message A 26 "%GTM-E-HWREFUSED, JNLPOOL -CHANGE of ${fixed#CTL } is not available" $pool -change -offset="$at" -size=1 -value=0
done
expect_message A 250 "is past the end" $pool -change -offset=7FFFFFF8 -size=8
expect_message A 106 "%GTM-E-CLIERR, Missing or illegal combination of command elements - check documentation: CHANGE SHOW" $pool -change -show
expect_message A 106 "%GTM-E-CLIERR, Unrecognized option : INSTSECONDARY" $pool -show -instsecondary=X
said_times 0 "Old Value"
