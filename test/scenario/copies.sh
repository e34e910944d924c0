# shellcheck shell=bash
# A database is known by its file: copies made with cp are recognised, other names of the same file are the same, and nobody is let
# in beside a database whose files have been taken away. docs/security.md.
only_headwater "our own messages"

# site A plain|replicating
site() {
  mkdir "$FOLDER/$1"
  directory "$1"
  on "$1" mupip create
  if [[ $2 == plain ]]; then
    on "$1" mupip set -journal=enable,on,before -region '*'
  else
    on "$1" mupip set -replication=on -region '*'
    on "$1" mupip replicate -instance_create -name="$1"
  fi
}
directory() {
  edit_global_directory "$1" >"$SAID" 2>&1 <<<"change -segment DEFAULT -file=\"$FOLDER/$1/gtm.dat\"
exit"
}
up() { on "$1" mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log="$FOLDER/$1/source.log" -buffsize=1048576; }
down() { on "$1" mupip replicate -source -shutdown -timeout=0; }
sums() { (cd "$FOLDER/$1" && sha256sum gtm.dat gtm.mjl gtm.dat-ckpt gtm.repl 2>/dev/null); }
copied() { # A C
  rm -rf "${FOLDER:?}/$2"
  cp -a "$FOLDER/$1" "$FOLDER/$2"
  rm "$FOLDER/$2/gtm.gld"
  directory "$2"
}
refused() { # C COMMAND...
  attempt "$@"
  [[ $STATUS -ne 0 ]] && grep -q HWCOPY "$SAID" || fail "not refused as a copy (status $STATUS): ${*:2}"$'\n'"$(cat "$SAID")"
  grep -q 'set -own' "$SAID" || mupip help >/dev/null
}

for kind in plain replicating; do
  step "$kind: a cold copy writes nothing of the original's, whatever is tried"
  site A "$kind"
  [[ $kind == plain ]] || up A
  for i in 1 2 3; do on A gbl set "^a($i)" "real$i"; done
  [[ $kind == plain ]] || down A
  copied A C
  before=$(sums A)
  on C gbl get '^a(1)'
  if [[ $kind == plain ]]; then
    refused C gbl set '^a(4)' copy
    refused C mupip journal -recover -backward '*'
  else
    refused C mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log="$FOLDER/C/source.log"
    refused C mupip journal -rollback -backward -resync=2 '*'
  fi
  refused C mupip integ -rebuild -region '*'
  on C gbl get '^a(1)'
  attempt C mupip set -journal=enable,on,before -region '*'
  attempt C mupip rundown -region '*'
  attempt C mupip integ -region '*'
  [[ $(sums A) == "$before" ]] || fail "the original's files have changed"

  step "$kind: one command makes it a site of its own, beside the original"
  on C mupip set -own=C2 -region '*'
  [[ $(sums A) == "$before" ]] || fail "the original's files have changed"
  for name in A C; do
    [[ $kind == plain ]] || up $name
    on $name gbl set '^b' "of $name"
    on $name gbl set '^a(2)' "new in $name"
  done
  for name in A C; do
    on $name gbl get '^a(2)'
    [[ $(cat "$SAID") == "new in $name" ]] || fail "$name has $(cat "$SAID")"
    [[ $kind == plain ]] || down $name
    on $name mupip integ -region '*'
  done

  step "$kind: a copy that was made while the original was open"
  [[ $kind == plain ]] || up A
  on A gbl set '^a(5)' real5
  cp -a "$FOLDER/A" "$FOLDER/hot"
  [[ $kind == plain ]] || down A
  rm -rf "${FOLDER:?}/C"
  mv "$FOLDER/hot" "$FOLDER/C"
  rm "$FOLDER/C/gtm.gld"
  directory C
  before=$(sums A)
  if [[ $kind == replicating ]]; then
    attempt C mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log="$FOLDER/C/source.log"
    [[ $STATUS -ne 0 ]] || fail "a copy of an instance that was up has started"
    refused C mupip journal -rollback -backward '*'
    refused C gbl get '^a(5)'
  fi
  on C mupip set -own=C3 -region '*'
  on C gbl get '^a(5)'
  [[ $(sums A) == "$before" ]] || fail "the original's files have changed"

  step "$kind: moved, with nothing left where it was"
  rm -rf "${FOLDER:?}/C"
  mv "$FOLDER/A" "$FOLDER/C"
  rm "$FOLDER/C/gtm.gld"
  directory C
  on C mupip set -own -region '*'
  [[ $kind == plain ]] || up C
  on C gbl set '^a(6)' moved
  [[ $kind == plain ]] || down C
  on C mupip integ -region '*'

  step "$kind: put back as it was, at the same place"
  cp -a "$FOLDER/C" "$FOLDER/kept"
  rm -rf "${FOLDER:?}/C"
  mv "$FOLDER/kept" "$FOLDER/C"
  [[ $kind == plain ]] || up C
  on C gbl set '^a(7)' back
  [[ $kind == plain ]] || down C
  rm -rf "${FOLDER:?}/C" "${FOLDER:?}/A"
done

for kind in plain replicating; do
  step "$kind: moved while it is open, and copied back to where it was"
  site A "$kind"
  [[ $kind == plain ]] || up A
  rm -f "$FOLDER/statements"
  mkfifo "$FOLDER/statements"
  ( environment_of A; cd "$FOLDER/A" && exec gbl <"$FOLDER/statements" >"$FOLDER/out" 2>&1 ) &
  pid=$!
  exec 8>"$FOLDER/statements"
  echo 'set ^a(1)=1' >&8
  is_set() { [[ $(quietly A gbl get '^a(1)' 2>/dev/null) == 1 ]]; }
  within "$DEADLINE_S" "the process has the database open" is_set
  # They write by path, too, and would meet the copy.
  mapfile -t open_in < <(processes_of A)
  kill -STOP "${open_in[@]}"
  mv "$FOLDER/A" "$FOLDER/moved"
  cp -a "$FOLDER/moved" "$FOLDER/A"
  before=$(cd "$FOLDER/moved" && sha256sum gtm.dat gtm.mjl)
  refused A gbl get '^a(1)'
  refused A gbl set '^a(2)' copy
  if [[ $kind == replicating ]]; then
    attempt A mupip replicate -source -status -json
    [[ $STATUS -eq 77 ]] && grep -q '"up": null' "$SAID" || fail "status $STATUS: $(cat "$SAID")"
    attempt A mupip journal -rollback -backward '*'
    [[ $STATUS -ne 0 ]] || fail "a copy of what is in use is rolled back"
    attempt A mupip replicate -source -start -passive -instsecondary=Y -rootprimary -log="$FOLDER/A/second.log"
    [[ $STATUS -ne 0 ]] || fail "a second root of the same id has started"
  fi
  [[ $(cd "$FOLDER/moved" && sha256sum gtm.dat gtm.mjl) == "$before" ]] || fail "the original's files have changed"
  on A mupip set -own=COPY -region '*'
  rm -rf "${FOLDER:?}/A"
  mv "$FOLDER/moved" "$FOLDER/A"
  kill -CONT "${open_in[@]}"
  exec 8>&-
  wait $pid
  [[ $kind == plain ]] || down A

  step "$kind: restored to where it was when all its processes have died"
  [[ $kind == plain ]] || up A
  printf '%s\n' 'set ^a(3)=3' 'hang 60' >"$FOLDER/A/sets"
  ( environment_of A; cd "$FOLDER/A" && exec gbl run sets >/dev/null 2>&1 ) &
  pid=$!
  is_set() { [[ $(quietly A gbl get '^a(3)' 2>/dev/null) == 3 ]]; }
  within "$DEADLINE_S" "the process has the database open" is_set
  kill_all_of A
  wait $pid 2>/dev/null
  mv "$FOLDER/A" "$FOLDER/moved"
  cp -a "$FOLDER/moved" "$FOLDER/A"
  rm -rf "$FOLDER/moved"
  [[ $kind == plain ]] || on A mupip journal -rollback -backward '*'
  on A gbl get '^a(3)'
  said 3
  on A mupip integ -region '*'
  remove_noted_segments
  rm -rf "${FOLDER:?}/A"
done

step "an earlier database file beside a journal that went on"
site A plain
on A gbl set '^a(1)' 1
cp -a "$FOLDER/A/gtm.dat" "$FOLDER/earlier.dat"
on A gbl set '^a(2)' 2
before=$(sha256sum <"$FOLDER/A/gtm.mjl")
cp "$FOLDER/earlier.dat" "$FOLDER/A/gtm.dat"
attempt A gbl set '^a(3)' 3
[[ $STATUS -ne 0 ]] || fail "an earlier database file goes on in the later journal"
[[ $(sha256sum <"$FOLDER/A/gtm.mjl") == "$before" ]] || fail "the journal has changed"
rm -rf "${FOLDER:?}/A"

step "other names of the instance file and of the folder are the same instance"
site A replicating
up A
note_instance A
POOL[A]=up
ln -s "$FOLDER/A" "$FOLDER/current"
ln -s "$FOLDER/A/gtm.repl" "$FOLDER/link.repl"
ln "$FOLDER/A/gtm.repl" "$FOLDER/hard.repl"
names=("$FOLDER/current/gtm.repl" "$FOLDER/link.repl" "$FOLDER/hard.repl" "$FOLDER/A/../A/gtm.repl")
if own_space && mount --make-rprivate / 2>/dev/null; then
  mkdir "$FOLDER/bound"
  mount --bind "$FOLDER/A" "$FOLDER/bound" && names+=("$FOLDER/bound/gtm.repl")
fi
for name in "${names[@]}"; do
  on A env gtm_repl_instance="$name" mupip replicate -source -checkhealth
  on A env gtm_repl_instance="$name" gbl set '^a(2)' "$name"
  on A env gtm_repl_instance="$name" mupip replicate -source -status -json
  grep -q '"up": true' "$SAID" || fail "not up through $name"
done
ln -s "$FOLDER/A/gtm.dat" "$FOLDER/link.dat"
for file in "$FOLDER/current/gtm.dat" "$FOLDER/link.dat"; do
  mkdir -p "$FOLDER/other"
  rm -f "$FOLDER/other/gtm.gld"
  printf 'change -segment DEFAULT -file="%s"\nexit\n' "$file" | gtmgbldir=$FOLDER/other/gtm.gld gde >/dev/null 2>&1
  on A env gtmgbldir="$FOLDER/other/gtm.gld" gbl set '^a(3)' "$file"
done
ln "$FOLDER/A/gtm.dat" "$FOLDER/hard.dat"
printf 'change -segment DEFAULT -file="%s"\nexit\n' "$FOLDER/hard.dat" >"$FOLDER/gde-input"
rm -f "$FOLDER/other/gtm.gld"
gtmgbldir=$FOLDER/other/gtm.gld gde <"$FOLDER/gde-input" >/dev/null 2>&1
attempt A env gtmgbldir="$FOLDER/other/gtm.gld" gbl set '^a(4)' beside
[[ $STATUS -ne 0 ]] || fail "a hard link of the database, with lock files of its own, is let in beside those who have it open"
rm "$FOLDER/hard.dat"

step "the files beside a database that is open"
kept=$FOLDER/side
mkdir "$kept"
for file in gtm.dat-ctl gtm.dat-lock; do
  for how in removed replaced cut; do
    mv "$FOLDER/A/$file" "$kept/$file"
    case $how in
      replaced) cp "$kept/$file" "$FOLDER/A/$file" ;;
      cut) : >"$FOLDER/A/$file" ;;
    esac
    attempt A gbl set '^a(5)' beside
    [[ $STATUS -ne 0 ]] && grep -q HWSIDEFILE "$SAID" || fail "$file $how: let in (status $STATUS)"$'\n'"$(cat "$SAID")"
    attempt A gbl get '^a(1)'
    [[ $STATUS -ne 0 ]] || fail "$file $how: a reader is let in"
    attempt A mupip rundown -region '*'
    [[ $STATUS -ne 0 ]] || fail "$file $how: run down"
    rm -f "$FOLDER/A/$file"
    mv "$kept/$file" "$FOLDER/A/$file"
    on A gbl set '^a(5)' "$file"
  done
done
rm "$FOLDER/A/gtm.dat-ckpt"
on A gbl set '^a(6)' 6
image_is_back() { [[ -s $FOLDER/A/gtm.dat-ckpt ]]; }
within "$DEADLINE_S" "the checkpoint image is made again while the instance is up" image_is_back
on A mupip replicate -source -checkhealth
if [[ -d $FOLDER/bound ]]; then umount "$FOLDER/bound" 2>/dev/null; fi
