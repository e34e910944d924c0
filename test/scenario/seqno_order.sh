# shellcheck shell=bash
# The start seqnos of the history never decrease: neither a pool is made nor a record added that would break that.
instance A
root A
standby A B
update A 10
take_down A
standby A B
update A 10
take_down A
edit="mupip replicate -editinstance"
field() { quietly A $edit -show -detail "$FOLDER/A/gtm.repl" 2>&1 | sed -n "s/^0x\([0-9A-F]*\) 0x0*\([0-9A-F]*\) $1 .*/\1/p"; }

step "the header's seqno is below the last record's start" # Shows: 2.seqord.pool 11.REPLINSTSEQORD
on A $edit -change -offset="$(field "HDR Journal Sequence Number")" -size=8 -value=5 "$FOLDER/A/gtm.repl"
expect_message A 154 "%GTM-E-REPLINSTSEQORD, Instance file header has seqno [0x0000000000000005] which is less than last record seqno [0x000000000000000B] in replication instance file @/A/gtm.repl" \
  mupip replicate -source -start -passive -instsecondary=B -log="$FOLDER/A/source-B.log" -rootprimary
allow REPLINSTSEQORD
on A $edit -change -offset="$(field "HDR Journal Sequence Number")" -size=8 -value=15 "$FOLDER/A/gtm.repl"

step "a new reign would start below the last record" # Shows: 2.seqord.append 11.REPLINSTSEQORD
ROLE[A]=propagate
standby A B
on A $edit -change -offset="$(field "HST #      1 : Start Sequence Number")" -size=8 -value=FFFF "$FOLDER/A/gtm.repl"
expect_message A 154 "%GTM-E-REPLINSTSEQORD, New history record has seqno [0x0000000000000015] which is less than last record seqno [0x000000000000FFFF] in replication instance file @/A/gtm.repl" \
  mupip replicate -source -activate -instsecondary=B -secondary=127.0.0.1:9 -log="$FOLDER/A/source-B.log" -rootprimary
if [[ $SYSTEM == headwater ]]; then expect_refused A; fi # GT.M has enabled updates by then.
on A $edit -change -offset="$(field "HST #      1 : Start Sequence Number")" -size=8 -value=B "$FOLDER/A/gtm.repl"
