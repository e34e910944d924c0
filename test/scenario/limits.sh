# shellcheck shell=bash
# Limits of the system (file size, descriptors, memory, stack) and of names: every command that meets one ends with a message, none
# with a signal, and what was there before is there afterwards. docs/limits.md has the product's own.
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
mkdir "$FOLDER/A/copies"

for limit in "-f 1" "-f 64" "-f 512" "-n 5" "-n 8" "-n 12" "-n 16" "-n 24" "-v 20000" "-v 60000" "-v 200000" "-s 64" "-s 256"; do
  step "ulimit $limit"
  for command in "${COMMANDS[@]}"; do
    rm -rf "$FOLDER"/A/copies/* "$FOLDER/A/out.mjf"
    # shellcheck disable=SC2086
    (
      ulimit $limit 2>/dev/null || exit 0
      set -f
      no_signal $command
    ) || exit 1
  done
  whole "ulimit $limit"
done

step "paths of all lengths: each command works, or says FILENAMETOOLONG, or what the system says"
for length in 200 215 220 225 230 235 236 240 245 250 255 256 260 300 1000 4000; do
  folder=$FOLDER/A/paths
  rm -rf "$folder"
  while [[ ${#folder} -lt $((length - 70)) ]]; do folder=$folder/$(printf 'd%.0s' {1..60}); done
  mkdir -p "$folder"
  rest=$((length - ${#folder} - 5))
  file=$folder/$(printf 'f%.0s' $(seq 1 $rest))
  edit_global_directory A >/dev/null 2>&1 <<<"" || true
  for command in "mupip set -journal=enable,on,before,file=$file.mjl -region DEFAULT" \
    "mupip replicate -source -changelog -instsecondary=Z -log=$file.log" "mupip extract $file.zwr" \
    "mupip backup DEFAULT $file.dat" "mupip journal -extract=$file.mjf -forward *" \
    "env gtm_repl_instance=$file.r mupip replicate -instance_create -name=Q" "env gtmgbldir=$file.g gde exit"; do
    # shellcheck disable=SC2086
    ( set -f; no_signal $command ) || exit 1
    ! grep -q 'broken invariant' "$SAID" || fail "$command: $(cat "$SAID")"
  done
  on A mupip set -journal="enable,on,before,file=$FOLDER/A/here-$length.mjl" -region DEFAULT
done
whole "long paths"
