# shellcheck shell=bash
# Memory that runs out in the middle of a command, and a stack that is too small for anything: the command ends with a message, none
# with a signal, and what was there before is there afterwards. limits_commands.sh walks all commands through other limits.
only_headwater "GT.M has other limits"
instance A
root A
standby A Z
update A 50
wanted=$(digest A)

# no_signal COMMAND...: on A, in this shell's limits. What ended it is in STATUS, negative for a signal.
no_signal() {
  environment_of A
  STATUS=$(cd "$FOLDER/A" && python3 - "$@" 2>>"$TRANSCRIPT" <<'PYTHON'
import subprocess, sys
with open("../said", "wb") as said:
    print(subprocess.run(["timeout", "60"] + sys.argv[1:], stdin=subprocess.DEVNULL, stdout=said, stderr=said).returncode)
PYTHON
  )
  [[ $STATUS -ge 0 && $STATUS -ne 134 && $STATUS -ne 139 && $STATUS -ne 153 && $STATUS -ne 124 ]] ||
    fail "status $STATUS of $*: $(cat "$SAID")"
}
whole() {
  [[ $(digest A) == "$wanted" ]] || fail "the data has changed: $*"
  on A mupip integ -region '*'
}
COMMANDS=("mupip extract -stdout" "mupip integ -region *" "mupip backup * copies" "mupip set -journal=enable,on,before -region *"
  "mupip journal -extract=out.mjf -forward *" "mupip replicate -source -status -json" "mupip size -region=DEFAULT" "gbl get ^a(0)")

step "memory runs out in the middle of a command"
for kib in {26000..40000..2000}; do
  for command in "mupip extract -stdout" "mupip extract out.bin -format=binary" "mupip integ -region *"; do
    rm -f "$FOLDER/A/out.bin"
    # shellcheck disable=SC2086
    (
      ulimit -v "$kib"
      set -f
      no_signal prlimit --core=0 $command
    ) || exit 1
  done
done
whole "little memory"

step "a stack that is too small for anything"
for command in "${COMMANDS[@]}" "gde show -all" "dse dump -fileheader"; do
  # shellcheck disable=SC2086
  (
    set -f
    no_signal prlimit --core=0 --stack=24576 $command
    [[ $STATUS -ne 0 ]] || fail "status 0 of: $command"
    said "ulimit -s"
  ) || exit 1
done
whole "a small stack"
