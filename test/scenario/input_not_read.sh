# shellcheck shell=bash
# Commands that cannot be read to their end: every program says so and has a status, and none takes what it has got for all.
only_headwater "GT.M takes it for the end"
mkdir "$FOLDER/C"
global_directory C
on C mupip create
on C gbl set '^a' 1

step "standard input is a folder"
for program in gbl gde dse mupip "mupip load -stdin"; do
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
late mupip 'version' 'version'
said_times 2 "Headwater"
late 'mupip load -stdin' 'GT.M MUPIP EXTRACT' '29-NOV-2026  17:04:35 ZWR' '^c(1)="x"' '^c(2)="y"'
[[ $(quietly C gbl get '^c(2)') == y ]] || fail "load took the first lines for all"
