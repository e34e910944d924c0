# shellcheck shell=bash
# Paths around each limit (235, 255 and 4,095 bytes, a name of 255 bytes), in every place of a command line where a path is taken: the
# command does its work or is refused with a message, before anything has changed. Then whole sites at such paths: docs/limits.md.
only_headwater "GT.M has other limits"
LONGEST_COMMAND_S=60
command_sites

# long_folder BYTES: a folder of so long a path below $FOLDER, piece by piece, since no system call takes more than 4,095 bytes; in LONG.
long_folder() {
  local left=$(($1 - ${#FOLDER})) piece
  LONG=$FOLDER
  cd "$FOLDER" || fail "cd"
  while [[ $left -gt 0 ]]; do
    piece=$((left > 202 ? 200 : left > 201 ? 100 : left - 1))  # What is left has at least a stroke and a letter.
    piece=$(printf '%*s' "$piece" '' | tr ' ' p)
    mkdir -p "$piece" && cd "$piece" || fail "no folder of $1 bytes"
    LONG+=/$piece
    left=$(($1 - ${#LONG}))
  done
  cd "$FOLDER" || fail "cd"
}
# SITE|COMMAND#UNDO: @ is the path.
TABLE=("A|mupip backup DEFAULT @" "A|mupip backup -bytestream DEFAULT @" "A|mupip backup -replinstance=@" "A|mupip extract @"
  "A|mupip journal -extract=@ -forward gtm.mjl" "C|mupip set -journal=enable,on,before,filename=@ -region DEFAULT#rm -f gtm.mjl; mupip set -journal=enable,on,before,filename=gtm.mjl -region DEFAULT"
  "A|mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log=@#mupip replicate -source -shutdown -timeout=0 -instsecondary=Z"
  "A|mupip replicate -source -changelog -instsecondary=B -log=@#mupip replicate -source -changelog -instsecondary=B -log=s.log"
  "B|mupip replicate -receiver -changelog -log=@#mupip replicate -receiver -changelog -log=r.log" "A|gde log -on=@"
  "A|gde show -commands -file=@" "A|gde setgd -file=@" "A|gde @@" "A|env gtmgbldir=@ gbl get ^y(1)" "A|env gtmgbldir=@ gde exit"
  "A|env gtmgbldir=@ mupip integ -region DEFAULT" "A|env gtm_repl_instance=@ mupip replicate -instance_create -name=Q"
  "A|env gtm_repl_instance=@ mupip replicate -source -status -json" "A|env gtm_repl_instance=@ gbl set ^a 1" "C|mupip load @"
  "A|mupip restore copy.dat @" "A|mupip restore @ increment" "A|mupip integ -file @" "A|mupip journal -show -forward @"
  "A|mupip journal -verify -backward @" "A|mupip ftok @" "A|mupip replicate -editinstance -show @" "A|gbl run @" "A|gbl apply-lost @"
  "A|mupip rundown -file @" "C|mupip set -file @ -key_size=200" "C|mupip journal -recover -backward gtm.mjl -losttrans=@"
  "C|gde change -segment XSEG -file=@#gde change -segment XSEG -file=$FOLDER/C/x.dat" "A|hwd -i @ -l n1"
  "A|env HW_DIR=@ HW_NODE=n1 HW_RAC_PORT=1 HW_KEY_FILE=@ hwd -k" "A|hwadm --dir @ status" "A|hwadm config check @")
declare -A WANTED
for site in A C; do WANTED[$site]=$(extract $site | sha256sum); done
ended() { # WHAT
  [[ $STATUS -ne 124 && $STATUS -ne 137 ]] || fail "hangs, $bytes bytes: $1"
  ! grep -qE 'broken invariant|terminate called|Assertion' "$SAID" || fail "$bytes bytes: $1"$'\n'"$(cat "$SAID")"
  # What a signal ends says nothing.
  [[ $STATUS -eq 0 ]] || grep -qE '%G[TD][ME]-[EFW]-|error' "$SAID" || fail "status $STATUS without a message, $bytes bytes: $1"$'\n'"$(cat "$SAID")"
}
# walk PATH
walk() {
  local row site command undo words
  for row in "${TABLE[@]}"; do
    site=${row%%|*} command=${row#*|} undo=
    [[ $command != *#* ]] || undo=${command#*#}
    command=${command%%#*}
    read -ra words <<<"${command/@@/@$1}"
    attempt "$site" "${words[@]//@/$1}"
    ended "$command"
    if [[ -n $undo && $STATUS -eq 0 ]]; then on "$site" bash -c "$undo"; fi
    rm -f "$1"* 2>/dev/null
    [[ $command != *HW_DIR* ]] || rm -rf "$1"
  done
}
for bytes in 235 236 244 245 254 255 256 257 1000 4095 4096 5000; do
  step "paths of $bytes bytes"
  long_folder $((bytes - 9))
  walk "$LONG/file.out"
done
for bytes in 243 244 245 250 255 256; do
  step "a name of $bytes bytes"
  walk "$FOLDER/C/$(printf "%0${bytes}d" 0)"
done
for site in A C; do [[ $(extract $site | sha256sum) == "${WANTED[$site]}" ]] || fail "the data of $site have changed: $(extract $site)"; done
on C mupip integ -region '*'
expect_equal A B

# A site whose database has a path of so many bytes: all of it works, or is refused before it is made.
step "sites at paths of any length"
for bytes in {221..236..3} 237 240 245 250 254 255 256 257 1000 4090; do
  long_folder $((bytes - 8))
  mkdir -p "$LONG"
  (
    cd "$LONG" 2>/dev/null || exit 0  # No process can be there.
    export gtmgbldir=$FOLDER/long.gld gtm_repl_instance=$FOLDER/long.repl
    try() {
      timeout -k 5 60 "$@" >"$SAID" 2>&1 </dev/null
      STATUS=$?
      { printf '\n[%s bytes]$ %s\n' "$bytes" "$*"; cat "$SAID"; echo "status $STATUS"; } >>"$TRANSCRIPT"
      ended "$*"
    }
    rm -f "$gtmgbldir" "$gtm_repl_instance"
    try gde change -segment DEFAULT -file="$LONG/gtm.dat"
    try mupip create
    if [[ $STATUS -ne 0 ]]; then
      [[ -z $(find . -type f) ]] || fail "$bytes bytes: refused, and left are $(find . -type f)"
      exit 0
    fi
    replicates=false journaled=false
    try mupip set -journal=enable,on,before -region '*'
    [[ $STATUS -ne 0 ]] || journaled=true
    try mupip set -replication=on -region '*'
    if [[ $STATUS -eq 0 ]]; then
      try mupip replicate -instance_create -name=L
      try mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log="$LONG/s.log" -buffsize=1048576
      [[ $STATUS -ne 0 ]] || replicates=true
    fi
    accepted=0
    for i in {1..5}; do
      try gbl set "^a($i)" "$i"
      [[ $STATUS -ne 0 ]] || accepted=$i
      if [[ $i -eq 3 ]]; then try mupip set -journal=enable,on,before -region '*'; fi
    done
    [[ $accepted -eq 0 || $accepted -eq 5 ]] || fail "$bytes bytes: $accepted of 5 updates are accepted"
    ! $journaled && ! $replicates || [[ $accepted -eq 5 ]] || fail "$bytes bytes: journaled or replicating, and no updates: $(cat "$SAID")"
    for command in "mupip integ -region *" "mupip backup DEFAULT $LONG/b.dat" "mupip extract $LONG/x.zwr" "mupip freeze -on DEFAULT" \
      "mupip freeze -off DEFAULT" "mupip size" "mupip replicate -source -status -json"; do
      set -f
      # shellcheck disable=SC2086
      try $command
      set +f
    done
    if [[ $accepted -eq 5 ]]; then
      try gbl get '^a(5)'
      [[ $(cat "$SAID") == 5 ]] || fail "$bytes bytes: ^a(5) is $(cat "$SAID")"
    fi
    ! $replicates || try mupip replicate -source -shutdown -timeout=0
    try mupip rundown -region '*'
    for command in "mupip reorg" "mupip integ -rebuild -region *" "mupip journal -rollback -backward *" "mupip set -own -region *"; do
      set -f
      # shellcheck disable=SC2086
      try $command
      set +f
    done
    try gbl get '^a(5)'
    [[ $accepted -ne 5 || $(cat "$SAID") == 5 ]] || fail "$bytes bytes, at last: ^a(5) is $(cat "$SAID")"
    echo "$bytes bytes: journaled $journaled, replicates $replicates, updates $accepted"
  ) || exit 1
  rm -rf "$FOLDER"/pppp*
done

SITES=(A B C)  # D was not made.
