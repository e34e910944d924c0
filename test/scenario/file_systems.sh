# shellcheck shell=bash
# Every command where there is less than on Linux's own file systems and newer kernels: files on FAT, a share of another system, sshfs or
# NFS, which have no hard links, no files without a name, no owners and modes, and do not tell whether a new name is free; no descriptors
# of processes, because too many files are open or the kernel or the container is an old one; a root folder without /proc. Each command
# does its work, as anywhere, and leaves no temporary file; servers see who ends, and can be ended.
only_headwater "the commands are ours"

command_sites
command_table
step "the table has every command"
expect_every_command
# Lost transactions are a file like an extract; there must be some to be written.
COMMANDS+=("E|mupip journal -rollback -backward -resync=15 -losttrans=lost '*'#cp -a --sparse=always ../kept-E/. .")
instance E
root E
standby E Z
update E 20
take_down E
cp -a --sparse=always "$FOLDER/E" "$FOLDER/kept-E"

# walk WORDS...: puts them in front of each command.
walk() {
  local row region site command before left
  # The table has the command that says that the lost transactions are complete, and the one that needs them not to be.
  for region in DEFAULT XREG; do
    printf 'find -region=%s\nchange -fileheader -zqgblmod_seqno=FFFF -zqgblmod_tn=1\n' $region | quietly A dse >"$SAID" 2>&1 || fail "$(cat "$SAID")"
  done
  for row in "${COMMANDS[@]}"; do
    site=${row%%|*} command=${row#*|} before=
    [[ $command != *#* ]] || before=${command#*#}
    command=${command%%#*}
    [[ -z $before ]] || quietly "$site" bash -c "$before" >/dev/null 2>&1 </dev/null
    attempt "$site" "$@" bash -c "exec $command"
    [[ $STATUS -eq 0 ]] || fail "status $STATUS of $command"$'\n'"$(cat "$SAID")"
    left=$(find "$FOLDER/$site" -name '*unfinished*' -o -name '*.new' ! -name 'x.new' -o -name 'unnamed-*')
    [[ -z $left ]] || fail "left by $command: $left"
  done
  [[ -s $FOLDER/A/x.zwr ]] || fail "no extract"
  [[ $(grep -c "^05" "$FOLDER/E/lost") -ge 6 ]] || fail "lost transactions: $(cat "$FOLDER/E/lost")"
}
# taken COMMAND: refused, and the file that has its name already stays.
taken() {
  echo mine >"$FOLDER/A/mine"
  on A gbl set ^a 1  # The journal may have been switched last.
  attempt A "${PLAIN[@]}" bash -c "exec $1"
  [[ $STATUS -ne 0 && $(cat "$FOLDER/A/mine") == mine ]] || fail "status $STATUS, $(cat "$FOLDER/A/mine") after $1"
}

for error in 1 95 38; do # EPERM, EOPNOTSUPP and ENOSYS
  step "no hard links: errno $error"
  PLAIN=(env LD_PRELOAD="$HW_FAILING" HW_FAILING_CALL="plain::$error")
  walk "${PLAIN[@]}"
  for command in "mupip extract mine" "mupip backup DEFAULT mine" "mupip journal -extract=mine -forward gtm.mjl"; do taken "$command"; done
done
for error in 24 38 1; do # EMFILE, ENOSYS and EPERM
  step "no descriptors of processes: errno $error"
  walk env LD_PRELOAD="$HW_FAILING" HW_FAILING_CALL="pidfd::$error"
  stop_receiver B
  rm -f "$FOLDER"/B/receiver.log*
  export LD_PRELOAD=$HW_FAILING HW_FAILING_CALL="pidfd::$error"
  receiver B
  update A 3
  expect_equal A B
  kill9 B update
  expect_log B receiver "was found dead"
  update_process B
  update A 3
  expect_equal A B
  stop_receiver B
  unset LD_PRELOAD HW_FAILING_CALL
  receiver B
done
if [[ $(id -u) -eq 0 ]] && unshare --mount umount -l /proc 2>/dev/null; then
  step "no /proc"
  walk unshare --mount bash -c 'umount -l /proc && exec "$@"' bash
fi
note_instance D
note_source D A passive
