# shellcheck shell=bash
# -editinstance: shows the file with its header, slots and history; shows and changes single fields by offset and size.
instance A
root A
standby A B
update A 10
take_down A
edit="mupip replicate -editinstance"
# field NAME: offset of the field as -detail shows it.
field() { quietly A $edit -show -detail "$FOLDER/A/gtm.repl" 2>&1 | sed -n "s/^0x\([0-9A-F]*\) 0x0*\([0-9A-F]*\) $1 .*/\1/p"; }

step "-show" # Shows: 3.edit.show 2.content
on A $edit -show "$FOLDER/A/gtm.repl"
for text in "File Header" "HDR Instance Name                                        A" \
  "HDR Journal Sequence Number                             11 [0x000000000000000B]" "HDR Crash                                            FALSE" \
  "HDR Root Primary                                      TRUE" "Source Server Slots" \
  "SLT # 0 : Secondary Instance Name                        B" "History Records" \
  "HST #      0 : Root Primary Instance Name                A" "HST #      0 : Start Sequence Number                     1 [0x0000000000000001]"; do
  said "$text"
done
on A $edit -show -detail "$FOLDER/A/gtm.repl"
said "Offset     Size"

step "-change" # Shows: 3.edit.change
at=$(field "HDR Journal Sequence Number")
offset="Offset $((16#$at)) [0x$at]"
on A $edit -change -offset="$at" -size=8 -value=1F "$FOLDER/A/gtm.repl"
said "$offset : Old Value = 11 [0xB] : New Value = 31 [0x1F] : Size = 8 [0x08]"
on A $edit -change -offset="$at" -size=8 "$FOLDER/A/gtm.repl"
said "$offset : Old Value = 31 [0x1F]"
on A $edit -show "$FOLDER/A/gtm.repl"
said "HDR Journal Sequence Number                             31 [0x000000000000001F]"
on A $edit -change -offset="$at" -size=8 -value=B "$FOLDER/A/gtm.repl"

step "a size that is none" # Shows: 3.edit.size 11.SIZENOTVALID8
expect_message A 50 "%GTM-E-SIZENOTVALID8, Size (in bytes) must be either 1, 2, 4, or 8" \
  $edit -change -offset="$at" -size=3 "$FOLDER/A/gtm.repl"

if [[ $SYSTEM == headwater ]]; then # GT.M cuts it.
  step "a value that does not fit"
  for wrong in "1 -value=1FF" "4 -value=100000000" "8 -value=FFFFFFFFFFFFFFFFFF"; do
    expect_message A 250 " does not fit into Size [${wrong%% *}]" $edit -change -offset="$at" -size=$wrong "$FOLDER/A/gtm.repl"
  done
fi

step "an offset that does not fit" # Shows: 3.edit.offset
for wrong in 3D 7FFFFFF0; do
  attempt A $edit -change -offset=$wrong -size=8 -value=1 "$FOLDER/A/gtm.repl"
  [[ $STATUS -ne 0 ]] || fail "offset $wrong was taken"
done

step "qualifiers that do not go together" # Shows: 3.edit.conflicts
for qualifiers in "-show -change -offset=0 -size=8" "-change -detail -offset=0 -size=8" "-show -offset=0" "-change -offset=0" \
  "-change -size=8" "-show -value=1" ""; do
  attempt A $edit $qualifiers "$FOLDER/A/gtm.repl"
  [[ $STATUS -ne 0 ]] || fail "accepted: $qualifiers"
  said "%GTM-E-"
done

step "no file" # Shows: 3.edit.nofile 11.MUPCLIERR
expect_message A 250 "%GTM-E-MUPCLIERR, Action not taken due to CLI errors" $edit -show

step "nothing has changed"
standby A B
update A 1
