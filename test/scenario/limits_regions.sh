# shellcheck shell=bash
# An instance of 500 regions, and processes that may open 1,024 files: each command does its work or says how many it may open, and what
# would allow more; nothing is lost. A process that may open as many as it needs does all of it. The site is none of the harness's: its
# closing checks would take minutes for so many regions.
only_headwater "GT.M has other limits"
most=$(ulimit -Hn)
if [[ $most != unlimited && $most -lt 4096 ]]; then
  echo "skipped: needs 4,096 files"
  exit 77
fi
mkdir "$FOLDER/R"
REGIONS=499
{
  printf 'change -segment DEFAULT -file="%s" -alloc=16\n' "$FOLDER/R/gtm.dat"
  for ((i = 1; i <= REGIONS; i++)); do
    printf 'add -name a%d -region=R%d\nadd -region R%d -dyn=S%d\nadd -segment S%d -file="%s/R/r%d.dat" -alloc=16\n' $i $i $i $i $i "$FOLDER" $i
  done
  echo exit
} >"$FOLDER/commands"
quietly R gde <"$FOLDER/commands" >"$SAID" 2>&1 || fail "gde: $(cat "$SAID")"
step "made, with files enough"
on R mupip create
on R mupip set -replication=on -journal=enable,on,before,allocation=2048 -region '*'
on R mupip replicate -instance_create -name=R
START="mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log=s.log -buffsize=$POOL_BYTES"
STOP="mupip replicate -source -shutdown -timeout=0"
updates() { seq 1 $REGIONS | sed "s/.*/set ^a&=\"$1 &\"/"; }
written() { seq 1 $REGIONS | sed 's/.*/write ^a&,!/' | quietly R gbl; }
# holds WORD: what `updates WORD` has set, all of it.
holds() { cmp <(written) <(seq 1 $REGIONS | sed "s/.*/$1 &/") || fail "not all of: $1"; }
few() { # COMMAND: with 1,024 files.
  set -f
  # shellcheck disable=SC2086
  attempt R prlimit --core=0 --nofile=1024 -- $1
  set +f
  [[ $STATUS -eq 0 ]] || grep -q '%GTM-[EFW]-' "$SAID" || fail "status $STATUS without a message: $1"
  grep -v 'This process may have 1024 files open; it needs up to six for each region' "$SAID" >"$SAID.rest"
  [[ $STATUS -eq 0 ]] || ! grep -q 'ENO24' "$SAID" || ! cmp -s "$SAID" "$SAID.rest" || fail "not said how many it may open: $1"$'\n'"$(tail -5 "$SAID")"
}
step "down: 1,024 files"
for command in "mupip rundown -region *" "mupip journal -rollback -backward *" "$START" "mupip set -own -region *"; do
  few "$command"
  [[ $command != "$START" || $STATUS -ne 0 ]] || on R $STOP
done
step "up: 1,024 files"
# shellcheck disable=SC2086
on R $START
updates first | quietly R gbl >"$SAID" 2>&1 && [[ ! -s $SAID ]] || fail "$(cat "$SAID")"
for command in "mupip extract -stdout" "mupip extract x.zwr" "mupip integ -region *" "mupip size -region=R3" "gbl get ^a7" "gbl set ^a7 other" \
  "mupip freeze -on R7" "mupip freeze -off R7" "mupip backup R7,R8 ." "mupip replicate -source -status -json" \
  "mupip replicate -source -checkhealth" "mupip journal -rollback -backward -online *" "gde show -map"; do
  few "$command"
  [[ $command != "gbl set"* || $STATUS -ne 0 ]] || on R gbl set '^a7' 'first 7'
done
holds first
step "up: files enough"
updates second | quietly R gbl >"$SAID" 2>&1 && [[ ! -s $SAID ]] || fail "$(cat "$SAID")"
holds second
on R mupip integ -region R7
# shellcheck disable=SC2086
few "$STOP"
if [[ $STATUS -ne 0 ]]; then
  # shellcheck disable=SC2086
  attempt R $STOP
fi
on R mupip rundown -region '*'
holds second
rm -rf "${FOLDER:?}/R"
