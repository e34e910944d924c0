# shellcheck shell=bash
# Servers start and stop while others keep asking about them: no command waits for ever, none sees half a server.
# Shows: breaks.18
instance A B
root A
standby A KEEP
receiver B
feed A B
ask() {
  local out
  while [[ ! -e $FOLDER/enough ]]; do
    out=$(LONGEST_COMMAND_S=20 quietly A mupip replicate -source "$@" 2>&1)
    if [[ $? -gt 1 ]] && ! grep -q 'SRCSRVNOTEXIST' <<<"$out"; then echo "-source $*: $out" >>"$FOLDER/complaints"; fi
  done
}
ask -showbacklog &
askers=$!
ask -checkhealth -instsecondary=B &
askers+=" $!"
ask -showbacklog -instsecondary=B &
askers+=" $!"
for ((round = 1; round <= 20; ++round)); do
  unfeed A B
  feed A B
  update A 5
done
touch "$FOLDER/enough"
# shellcheck disable=SC2086
wait $askers
[[ ! -e $FOLDER/complaints ]] || fail "$(cat "$FOLDER/complaints")"
expect_equal A B
