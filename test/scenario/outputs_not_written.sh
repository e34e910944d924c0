# shellcheck shell=bash
# Output that could not be written is a failure, in every command that prints: a full disk, a reader that has gone, a closed
# stream. A command that prints nothing there does not care.
only_headwater "the statuses are ours"

instance A
root A
standby A B
update A 20
on A mupip journal -extract=lost -forward gtm.mjl

# What prints its result on standard output, and on standard error.
OUT=("gbl get ^x(1)" "gbl data ^x" "gbl order ^x(1)" "gbl zwrite ^x" "gbl -help" "gbl -version" "gde show -all" "gde show -map"
  "gde help" "mupip extract -stdout" "mupip extract -format=go -stdout" "mupip extract -format=binary -stdout"
  "mupip journal -extract=-stdout -forward gtm.mjl" "mupip replicate -source -status -json" "mupip help" "mupip help set"
  "dse help")
ERR=("mupip integ -region *" "mupip size" "mupip backup -replace DEFAULT copy" "mupip journal -show -forward gtm.mjl"
  "mupip journal -verify -forward gtm.mjl" "mupip replicate -source -showbacklog" "mupip replicate -source -checkhealth"
  "mupip replicate -editinstance -show gtm.repl" "mupip replicate -source -jnlpool -show" "dse dump -fileheader" "dse dump -block=3"
  "dse find -key=^x(1)" "mupip version")

# fails WHERE COMMAND FD: with WHERE as standard stream FD the command's status is not 0.
with() {
  local where=$1 fd=$2
  set -f
  # shellcheck disable=SC2086,SC2206
  local words=($3)
  set +f
  case $where in
    full) if [[ $fd == 1 ]]; then attempt A sh -c '"$@" >/dev/full' sh "${words[@]}"; else attempt A sh -c '"$@" 2>/dev/full' sh "${words[@]}"; fi ;;
    gone) attempt A python3 -c '
import os, subprocess, sys
reading, writing = os.pipe()
os.close(reading)
fd = int(sys.argv[1])
done = subprocess.run(sys.argv[2:], **{("stdout" if fd == 1 else "stderr"): writing})
sys.exit(done.returncode if done.returncode >= 0 else 200)' "$fd" "${words[@]}" ;;
    closed) if [[ $fd == 1 ]]; then attempt A sh -c '"$@" >&-' sh "${words[@]}"; else attempt A sh -c '"$@" 2>&-' sh "${words[@]}"; fi ;;
  esac
}

for command in "${OUT[@]}"; do
  with none 1 true
  set -f
  # shellcheck disable=SC2086
  attempt A $command
  set +f
  [[ $STATUS -eq 0 ]] || fail "$command itself fails: $(cat "$SAID")"
  for where in full gone closed; do
    step "$where: $command"
    with "$where" 1 "$command"
    [[ $STATUS -ne 0 ]] || fail "standard output $where: status 0 from $command"
    [[ -s $SAID ]] || fail "standard output $where: nothing is said by $command"
  done
done
for command in "${ERR[@]}"; do
  for where in full gone; do
    step "$where: $command"
    with "$where" 2 "$command"
    [[ $STATUS -ne 0 ]] || fail "standard error $where: status 0 from $command"
  done
done

step "a command that prints nothing is not concerned"
for where in full gone closed; do
  with "$where" 1 "gbl set ^quiet 1"
  [[ $STATUS -eq 0 ]] || fail "$where: $(cat "$SAID")"
done
