# shellcheck shell=bash
# Real data through the main job, once a shape of the instance: a region, two, a compressed link, and each kind of process
# killed at random during the load. Runs where the data is named, and is skipped elsewhere:
#
#   HEADWATER_DATA    a ZWR file, plain or .zst
#   HEADWATER_DIGEST  the file that holds the sha256 of its extract, without the two header lines
only_headwater "mupip load takes one transaction a record, which GT.M's does not promise"
[[ -r ${HEADWATER_DATA:-} && -r ${HEADWATER_DIGEST:-} ]] || exit 77
read -r wanted _ <"$HEADWATER_DIGEST"
RANDOM=${HW_SEED:=$RANDOM}
echo "rerun with HW_SEED=$HW_SEED"
export DEADLINE_S=300
if [[ $HEADWATER_DATA == *.zst ]]; then zstd -qdc "$HEADWATER_DATA" >data.zwr; else cp "$HEADWATER_DATA" data.zwr; fi
records=$(($(wc -l <data.zwr) - 2))
SECOND_REGION=()  # Names that the second region holds.

global_directory() {
  local name
  {
    echo "change -segment DEFAULT -file=\"$FOLDER/$1/gtm.dat\" -alloc=200"
    echo "change -region DEFAULT -rec=16000 -key=500 -null=always"
    for name in "${SECOND_REGION[@]}"; do echo "add -name $name -region=XREG"; done
    if [[ ${#SECOND_REGION[@]} -gt 0 ]]; then
      echo "add -region XREG -dyn=XSEG -rec=16000 -key=500 -null=always"
      echo "add -segment XSEG -file=\"$FOLDER/$1/x.dat\" -alloc=200"
    fi
    echo exit
  } | edit_global_directory "$1" >"$SAID" 2>&1 || fail "gde: $(cat "$SAID")"
}

# expect_right A B: B has the data, and A has made each record once.
expect_right() {
  in_step "$1" "$2"
  [[ $(digest "$2") == "$wanted "* ]] || fail "$2 does not hold the data"
  expect_transactions "$1" "$records" "$3"
}
load() { LONGEST_COMMAND_S=600 on "$1" mupip load "$FOLDER/data.zwr"; }

step "one region"
instance A B
root A
link A B
load A
expect_right A B 0

step "two regions, a compressed link"
SECOND_REGION=('D*' 'L*' 'P*')
instance C D
root C
link C D -cmplvl=6
load C
expect_right C D 0

step "each kind of process killed at random"
SECOND_REGION=('D*' 'L*' 'P*')
instance E F
root E
link E F
load_under_kills E F "$FOLDER/data.zwr" 25
expect_right E F 50
