# lib.sh -- what the scenario scripts share: two instances A (root primary) and B in a folder of their own, real
# processes on loopback, waits with deadlines, and a clean-up that runs however the script ends.
#
# A script is called with the folder of the programs and the bank program; it sources this file and calls
# the functions below. It ends with `pass`, or with the logs and status 1.
set -u
export PATH=$1:$PATH
BANK=$2
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/headwater-scenario-XXXXXX")
cd "$FOLDER" || exit 1
unset gtm_repl_instname gtm_repl_instsecondary
SERVERS=

# instance A: the environment of instance A.
instance() { export gtmgbldir=$FOLDER/$1/gtm.gld gtm_repl_instance=$FOLDER/$1/gtm.repl; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Only processes that this scenario's servers named are ever killed.
note_servers() {
  local i
  for i in A B; do
    instance $i
    SERVERS="$SERVERS $({ mupip replicate -source -checkhealth; mupip replicate -receiver -checkhealth; } 2>&1 |
      grep -o 'PID [1-9][0-9]*' | cut -d' ' -f2 | tr '\n' ' ')"
  done
}

finish() {
  local status=$? i
  trap - EXIT
  note_servers
  for i in B A; do
    instance $i
    mupip replicate -receiver -shutdown -timeout=0 >/dev/null 2>&1
    mupip replicate -source -shutdown -timeout=0 >/dev/null 2>&1
  done
  for i in $(jobs -p) $SERVERS; do
    if grep -qs "$FOLDER\|mupip\|bank" "/proc/$i/cmdline"; then kill -9 "$i" 2>/dev/null; fi
  done
  for i in A B; do
    instance $i
    mupip rundown -region '*' >/dev/null 2>&1
  done
  if [ $status -ne 0 ]; then
    echo "--- logs of $FOLDER"
    tail -n 30 ./*/*.log ./*/*.log.updproc 2>/dev/null
  fi
  cd / && rm -rf "$FOLDER"
  exit $status
}
trap finish EXIT

fail() { echo "FAILED: $*"; exit 1; }
pass() { echo "passed: $*"; exit 0; }

# until_true SECONDS WHAT COMMAND...: runs the command until it succeeds; a deadline, never a fixed wait.
until_true() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >"$FOLDER/last.out" 2>&1; do
    if [ $SECONDS -ge $deadline ]; then cat "$FOLDER/last.out"; fail "no success in time: $what"; fi
    read -rt 0.05 <> <(:) || true
  done
}

make_instance() {
  mkdir "$FOLDER/$1" && instance "$1"
  gde >gde.out 2>&1 <<GDE || { cat gde.out; fail "gde"; }
change -segment DEFAULT -file="$FOLDER/$1/gtm.dat" -alloc=2000
change -region DEFAULT -rec=1048576 -key=511 -null_subscripts=always
add -name d* -region=DREG
add -name D* -region=DREG
add -region DREG -dyn=DSEG -rec=1048576 -key=511 -null_subscripts=always
add -segment DSEG -file="$FOLDER/$1/d.dat" -alloc=2000
exit
GDE
  mupip create >create.out 2>&1 || { cat create.out; fail "mupip create"; }
  mupip set -journal=enable,on,before -replication=on -region '*' >set.out 2>&1 || { cat set.out; fail "mupip set"; }
  mupip replicate -instance_create -name=INST"$1" || fail "instance_create"
}

start_passive_source_on_B() {
  instance B
  mupip replicate -source -start -passive -instsecondary=DUMMY -log="$FOLDER/B/source.log" -propagateprimary
}
start_receiver_on_B() {
  instance B
  mupip replicate -receiver -start -listenport="$PORT" -log="$FOLDER/B/receiver.log" "$@"
}
start_source_on_A() {
  instance A
  mupip replicate -source -start -secondary=127.0.0.1:"$PORT" -instsecondary=INSTB -log="$FOLDER/A/source.log" \
    -rootprimary "$@"
}
# start_both [qualifiers of A's source server]
start_both() {
  PORT=$(free_port)
  make_instance A
  make_instance B
  start_passive_source_on_B >start.out 2>&1 || { cat start.out; fail "source server of B"; }
  start_receiver_on_B >start.out 2>&1 || { cat start.out; fail "receiver of B"; }
  start_source_on_A "$@" >start.out 2>&1 || { cat start.out; fail "source server of A"; }
  note_servers
}

source_pid() { instance A; mupip replicate -source -checkhealth 2>&1 | grep -o 'PID [1-9][0-9]*' | head -1 | cut -d' ' -f2; }
receiver_pid() { instance B; mupip replicate -receiver -checkhealth 2>&1 | grep Receiver | grep -o '[1-9][0-9]*' | head -1; }
update_pid() { instance B; mupip replicate -receiver -checkhealth 2>&1 | grep Update | grep -o '[1-9][0-9]*' | head -1; }

posted() { instance A; mupip replicate -source -showbacklog 2>&1 | sed -n 's/.*posted *: *//p'; }
applied() { instance B; mupip replicate -receiver -showbacklog 2>&1 | sed -n 's/ : sequence number of last transaction processed by update process//p'; }
caught_up() { [ -n "$(posted)" ] && [ "$(posted)" = "$(applied)" ]; }
digest() { instance "$1"; mupip extract -stdout 2>/dev/null | tail -n +3 | sha256sum; }
expect_equal_sites() {
  until_true 120 "B has applied all that A committed" caught_up
  [ "$(digest A)" = "$(digest B)" ] || fail "A and B differ at seqno $(posted)"
}

# generate LINES: a ZWR file over both regions, with values of many sizes and bytes.
generate() {
  awk -v n="$1" 'BEGIN {
    srand(7); print "scenario data"; print "22-NOV-2026  00:00:00 ZWR"
    for (i = 1; i <= n; i++) {
      g = (i % 3 == 0) ? "D" : ((i % 3 == 1) ? "a" : "dd")
      v = sprintf("%*s", int(rand() * 60), ""); gsub(/ /, "v", v)
      printf "^%s(%d,\"k%d\")=\"%s\"\"q\"\"\"_$C(%d)_\"%d\"\n", g, int(rand() * n), i, v, int(rand() * 32), i
    } }' >"$FOLDER/data.zwr"
}
