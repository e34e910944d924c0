# shellcheck shell=bash
# Every file of an instance emptied or cut, while it is down and while processes have it mapped: each command ends with a
# message that names the file, none by a signal; and when the file is back, so is the data.
only_headwater "the messages are ours"

instance A
root A
standby A B
update A 40
take_down A
save A
digest A >"$FOLDER/before"

COMMANDS=("gbl set ^a 1" "gbl get ^a(1)" "gbl zwrite ^a" "mupip extract -stdout" "mupip integ -region *" "mupip size -select=*"
  "mupip backup -replace DEFAULT copy" "mupip set -journal=enable,on,before -region DEFAULT" "mupip rundown -region *"
  "mupip freeze -off DEFAULT" "mupip reorg" "dse dump -fileheader" "dse dump -block=3" "mupip journal -show -forward gtm.mjl"
  "mupip journal -extract -forward gtm.mjl" "mupip journal -verify -forward gtm.mjl" "mupip replicate -editinstance -show gtm.repl"
  "mupip replicate -source -start -passive -instsecondary=B -rootprimary -log=source.log" "mupip replicate -source -status -json"
  "mupip replicate -source -shutdown -timeout=0" "mupip journal -rollback -backward *")
FILES=(gtm.mjl gtm.dat gtm.dat-ckpt gtm.dat-ctl gtm.dat-lock gtm.repl gtm.gld)

# ended_by_itself WHAT: the last attempt was not ended by a signal, nor by the deadline.
ended_by_itself() {
  [[ $STATUS -ne 124 ]] || fail "$1: hangs"
  ! grep -qE 'HWCHECK' "$SAID" || fail "$1: $(cat "$SAID")"
  # SIGBUS, SIGSEGV, SIGABRT as the shell says them; commands that say something end with a message's status.
  case $STATUS in 134 | 135 | 139) [[ -s $SAID ]] || fail "$1: ended by signal $((STATUS - 128))" ;; esac
}
# cut FILE BYTES: as a careless script does it. Bytes beyond the end stay away.
cut() { [[ ! -e $1 ]] || truncate -s "<$2" "$1" 2>/dev/null || truncate -s "$2" "$1"; }

for file in "${FILES[@]}"; do
  for bytes in 0 12288; do
    step "$file cut to $bytes bytes while the instance is down"
    for command in "${COMMANDS[@]}"; do
      restore A
      cut "$FOLDER/A/$file" "$bytes"
      set -f
      # shellcheck disable=SC2086
      attempt A timeout 20 $command
      set +f
      ended_by_itself "$command with $file of $bytes bytes"
      case $command in
        *-start*)
          quietly A mupip replicate -source -shutdown -timeout=0 >/dev/null 2>&1
          quietly A mupip rundown -region '*' >/dev/null 2>&1
          ;;
      esac
    done
  done
done

for file in gtm.mjl gtm.dat; do
  for bytes in 0 12288; do
    step "$file cut to $bytes bytes under processes that have it mapped"
    restore A
    on A mupip replicate -source -start -passive -instsecondary=B -rootprimary -log=source.log
    mkfifo "$FOLDER/statements"
    quietly A gbl <"$FOLDER/statements" >"$FOLDER/application" 2>&1 &
    application=$!
    exec 5>"$FOLDER/statements"
    printf 'set ^a(1)=1\nwrite ^a(1),!\n' >&5
    within "$DEADLINE_S" "the application is at work" grep -q '^1' "$FOLDER/application"
    cut "$FOLDER/A/$file" "$bytes"
    for i in $(seq 40); do printf 'set ^a(%d)=%d\nset ^b(%d)=1\nwrite $data(^c(%d)),!\n' "$i" "$i" "$i" "$i" >&5 2>/dev/null; done
    exec 5>&-
    wait "$application"
    status=$?
    [[ $status -ne 135 || -s $FOLDER/application ]] || fail "ended by a signal"
    [[ $status -ne 0 ]] && { grep -q "$file" "$FOLDER/application" || fail "does not name $file: $(cat "$FOLDER/application")"; }
    rm "$FOLDER/statements"
    attempt A timeout 20 mupip replicate -source -shutdown -timeout=0
    ended_by_itself "shutdown after $file was cut"
    crash A
  done
done

step "the files put back"
restore A
[[ $(digest A) == "$(cat "$FOLDER/before")" ]] || fail "the data is not what it was"
on A mupip integ -region '*'
