# shellcheck shell=bash
# Commands that cannot be read to their end: every program says so and has a status, and none takes what it has got for all.
only_headwater "GT.M takes it for the end"
mkdir "$FOLDER/C"
global_directory C
on C mupip create
on C gbl set '^a' 1

step "standard input is a folder"
for program in gbl gde dse mupip hwadm "mupip load -stdin"; do
  # shellcheck disable=SC2086
  quietly C $program </ >"$SAID" 2>&1
  status=$?
  [[ $status -ne 0 ]] || fail "status 0 of $program"$'\n'"$(cat "$SAID")"
  said "Is a directory"
done

step "standard input was set not to wait, and its lines come late"
cat >"$FOLDER/late.py" <<'PYTHON'
import fcntl, os, subprocess, sys, time
program, lines = sys.argv[1].split(), sys.argv[2:]
r, w = os.pipe()
fcntl.fcntl(r, fcntl.F_SETFL, fcntl.fcntl(r, fcntl.F_GETFL) | os.O_NONBLOCK)
process = subprocess.Popen(program, stdin=r)
os.close(r)
for line in lines:
    # It has read what was there, and asks for more.
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with open(f"/proc/{process.pid}/wchan") as where:
            if "poll" in where.read():
                break
        time.sleep(0.01)
    os.write(w, line.encode() + b"\n")
os.close(w)
sys.exit(process.wait())
PYTHON
late() { quietly C python3 "$FOLDER/late.py" "$@" >"$SAID" 2>&1 || fail "status $? of $1"$'\n'"$(cat "$SAID")"; }
late gbl 'set ^b=1' 'set ^b=2'
[[ $(quietly C gbl get '^b') == 2 ]] || fail "gbl took the first line for all"
late gde 'add -name r* -region=XREG' 'quit'
on C gde show -name
! grep -q '^ r\*' "$SAID" || fail "gde saved what was to be quit"
late dse 'find -region=XREG' 'dump -fileheader'
said "Region          XREG"
late hwadm 'help boot' 'help down'
said "hwadm down"
late mupip 'version' 'version'
said_times 2 "Headwater"
late 'mupip load -stdin' 'GT.M MUPIP EXTRACT' '29-NOV-2026  17:04:35 ZWR' '^c(1)="x"' '^c(2)="y"'
[[ $(quietly C gbl get '^c(2)') == y ]] || fail "load took the first lines for all"

step "a device that has no end, wherever a file or its input is given"
on C mupip set -journal=enable,on,before -region '*'
ENDLESS=("gbl apply-lost /dev/zero" "gbl run /dev/zero" "gbl </dev/zero" "gde @/dev/zero" "gde </dev/zero" "dse </dev/zero"
  "mupip </dev/zero" "mupip load /dev/zero" "mupip load -stdin </dev/zero" "mupip restore copy.dat /dev/zero" "mupip restore /dev/zero copy.inc"
  "mupip integ -file /dev/zero" "mupip ftok /dev/zero" "mupip rundown -file /dev/zero" "mupip set -file /dev/zero -key_size=100"
  "mupip journal -show -forward /dev/zero" "mupip journal -extract=x -forward /dev/zero" "mupip journal -verify -backward /dev/zero"
  "mupip journal -recover -forward /dev/zero" "mupip replicate -editinstance -show /dev/zero" "env gtmgbldir=/dev/zero gbl get ^a"
  "env gtmgbldir=/dev/zero gde show -all" "env gtmgbldir=/dev/zero mupip extract -stdout"
  "env gtm_repl_instance=/dev/zero mupip replicate -source -status -json" "hwadm </dev/zero" "hwadm config check /dev/zero"
  "hwadm --dir /dev/zero status" "env HW_DIR=/dev/zero HW_NODE=n1 HW_RAC_PORT=1 hwd -d" "hwd -i /dev/zero -l n1"
  "env HW_DIR=$FOLDER/n1 HW_NODE=n1 HW_RAC_PORT=1 HW_KEY_FILE=/dev/zero hwd -k; hwadm --dir $FOLDER/n1 status; kill \$(cat $FOLDER/n1/run/hwd.pid); exit 1")
on C mupip backup DEFAULT copy.dat
on C gbl set '^a' 2
on C mupip backup -bytestream DEFAULT copy.inc
for command in "${ENDLESS[@]}"; do
  (ulimit -v 4000000 && attempt C timeout -s KILL 30 bash -c "$command"; exit "$STATUS")
  status=$?
  [[ $status -ne 0 && $status -ne 137 ]] || fail "status $status of $command: $(head -c 400 "$SAID")"
  ! grep -q HWNOMEMORY "$SAID" || fail "it was read without end: $command"
  [[ $(stat -c '%F' /dev/zero) == "character special file" ]] || fail "/dev/zero has become $(stat -c '%F' /dev/zero) by $command"
done
on C mupip integ -region '*'
