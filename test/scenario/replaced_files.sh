# shellcheck shell=bash
# Database file and image are replaced, overwritten or removed while a server and an application have them open. Whoever asks then, or once all
# have ended in order or lost their power, is told the truth: no command succeeds without what was acknowledged. With the file back in its
# place, and the commands of docs/security.md, everything is there.
only_headwater "GT.M's files are others"
allow . # What servers say of it is in their logs.

# What is done to a file. `earlier`: a copy taken while the site was up, since when there have been updates.
WAYS=(copied earlier overwritten other removed dangling folder pipe)
# Files of a site, and where needed after a colon the ways that are not walked.
declare -A FILES=(
  [gtm.dat]="other" # It is another database.
  [gtm.dat-ckpt]="copied dangling pipe"
)
# Read once when a program starts, or never again, or written by servers alone; or walked by others: control_file_lost and copies (-ctl,
# -lock), who_lives (gtm.repl), journal_replaced (gtm.mjl).
NOT_WALKED="gtm.gld gtm.dat-ctl gtm.dat-lock gtm.repl gtm.mjl gtm.mjl_* source.log* in out copy.dat"

instance O
root O
standby O Z
update O 20
take_down O
stops_replicating O

# site: one that is up, with an application, its nodes ^a in the earlier copies, too, ^b in none.
site() {
  mkdir "$FOLDER/A"
  edit_global_directory A >"$SAID" 2>&1 <<<"change -segment DEFAULT -file=\"$FOLDER/A/gtm.dat\"
exit"
  on A mupip create
  on A mupip set -replication=on -region '*'
  on A mupip replicate -instance_create -name=A
  on A mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log="$FOLDER/A/source.log" -buffsize=1048576
  mkfifo "$FOLDER/A/in"
  ( environment_of A; cd "$FOLDER/A" && exec gbl <in >out 2>&1 ) &
  APPLICATION_PID=$!
  exec 8>"$FOLDER/A/in"
  sets a 30
  on A mupip set -journal=on,before -region DEFAULT
  rm -rf "$FOLDER/earlier" "$FOLDER/kept"
  cp -a "$FOLDER/A" "$FOLDER/earlier"
  sets b 30
}
# sets NAME COUNT: by the application.
sets() {
  for ((i = 1; i <= $2; ++i)); do echo "set ^$1($i)=$i"; done >&8
  within "$DEADLINE_S" "^$1 is set" quietly A gbl get "^$1($2)"
}
# replace FILE WAY
replace() {
  local file=$FOLDER/A/$1
  case $2 in
    copied) cp -a "$file" "$file.x" && mv "$file.x" "$file" ;;
    earlier) cp -a "$FOLDER/earlier/$1" "$file.x" && mv "$file.x" "$file" ;;
    overwritten) cat "$FOLDER/earlier/$1" >"$file" ;;
    other) cp -a "$FOLDER/O/$1" "$file.x" && mv "$file.x" "$file" ;;
    removed) rm "$file" ;;
    dangling) rm "$file" && ln -s "$FOLDER/nowhere/x" "$file" ;;
    folder) rm "$file" && mkdir "$file" ;;
    pipe) rm "$file" && mkfifo "$file" ;;
  esac || fail "$1 cannot be $2"
}
# true_to_word COMMAND...: it ends by itself, and does not succeed, or claim that a node is missing, without ^b and what else was set.
true_to_word() {
  attempt A "$@"
  [[ $STATUS -ne 124 && $STATUS -ne 137 && ($STATUS -lt 132 || $STATUS -gt 136) && $STATUS -ne 139 ]] ||
    fail "$WHAT: status $STATUS of $*: $(cat "$SAID")"
  ! grep -q 'broken invariant' "$SAID" || fail "$WHAT: $*: $(cat "$SAID")"
  case "$*" in
    "gbl get"*)
      ! grep -q GVUNDEF "$SAID" || fail "$WHAT: $* finds nothing"
      [[ $STATUS -ne 0 || $(cat "$SAID") == "${!#//[!0-9]/}" ]] || fail "$WHAT: $*: $(cat "$SAID")"
      ;;
    "mupip extract"*) [[ $STATUS -ne 0 || $(grep -c '^^b(' "$SAID") -eq 30 ]] || fail "$WHAT: an extract without ^b" ;;
    "mupip backup"*)
      [[ $STATUS -ne 0 ]] || on A mupip integ -file copy.dat
      rm -f "$FOLDER/A/copy.dat"
      ;;
  esac
}
# all_is_there: true when ^b can be read; then so must be what else was acknowledged.
all_is_there() {
  true_to_word gbl get '^b(30)'
  [[ $STATUS -eq 0 ]] || return 1
  [[ -z $UPDATED ]] || true_to_word gbl get '^new(7)'
  [[ -z $UPDATED || $STATUS -eq 0 ]] || fail "$WHAT: ^b is there, and ^new cannot be read: $(cat "$SAID")"
}
recovered() {
  [[ $END == order ]] || attempt A mupip journal -rollback -backward '*'
  all_is_there
}

# end_in END: the application, and what replicates, ends in order, or all lose their power.
end_in() {
  exec 8>&-
  if [[ $1 == order ]]; then
    within "$DEADLINE_S" "$WHAT: the application ends" gone "$APPLICATION_PID"
    wait "$APPLICATION_PID"
    STATUS=$?
    [[ $STATUS -lt 132 || $STATUS -gt 139 ]] || fail "$WHAT: the application ended with $STATUS: $(cat "$FOLDER/A/out")"
    true_to_word mupip replicate -source -shutdown -timeout=0
    return
  fi
  read -rt 2 <> <(:) || true # What was set last is on disk.
  kill_all_of A
  wait "$APPLICATION_PID" 2>/dev/null
  remove_noted_segments
  BOOT[A]=another
}

END=order
for file in "${!FILES[@]}"; do
  for way in "${WAYS[@]}"; do
    [[ " ${FILES[$file]} " != *" $way "* ]] || continue
    if [[ $END == order ]]; then END=power; else END=order; fi
    WHAT="$file $way, $END"
    step "$WHAT"
    # shellcheck disable=SC2034 # environment_of has it.
    BOOT[A]=first
    site
    for name in "$FOLDER"/A/*; do
      name=${name##*/}
      [[ -v FILES[$name] ]] && continue
      for pattern in $NOT_WALKED; do
        # shellcheck disable=SC2053
        [[ $name != $pattern ]] || continue 2
      done
      fail "the table has no row for $name"
    done
    cp -a --sparse=always "$FOLDER/A/$file" "$FOLDER/kept"
    ln "$FOLDER/A/$file" "$FOLDER/original"
    replace "$file" "$way"
    true_to_word gbl set '^new(7)' 7
    UPDATED=
    [[ $STATUS -ne 0 ]] || UPDATED=yes
    true_to_word gbl get '^b(30)'
    true_to_word mupip integ -region '*'
    true_to_word mupip extract -stdout
    true_to_word mupip backup DEFAULT copy.dat
    end_in $END
    if [[ $file == gtm.repl || -n $(processes_of A) ]] || ! recovered; then
      rm -rf "${FOLDER:?}/A/$file"
      [[ $way != overwritten ]] || cat "$FOLDER/kept" >"$FOLDER/original"
      ln "$FOLDER/original" "$FOLDER/A/$file"
      [[ -z $(processes_of A) ]] || on A mupip replicate -source -shutdown -timeout=0
      recovered || attempt A mupip integ -rebuild -region '*'
      recovered || fail "$WHAT: ^b is lost: $(cat "$SAID")"
    fi
    [[ $END == order ]] || on A mupip integ -region '*'
    attempt A mupip rundown -region '*'
    ! own_space || ! ipcs -m | grep -q '^0x' || fail "$WHAT: shared memory is left: $(ipcs -m)"
    rm -rf "${FOLDER:?}/A" "$FOLDER/original" "$FOLDER/kept"
  done
done
