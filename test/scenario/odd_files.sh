# shellcheck shell=bash
# Folders, pipes, sockets, devices and files of other programs in place of every file that a command reads or writes: they
# are written to where that makes sense, refused otherwise, and never renamed, replaced or changed; nothing hangs.
only_headwater "the messages are ours"

KINDS=(folder pipe socket text bytes)
ODD=$FOLDER/kinds
mkdir "$ODD" "$ODD/folder"
echo kept >"$ODD/folder/kept"
printf 'a letter\nto somebody\n' >"$ODD/text"
for _ in {1..2500}; do printf '\x7fELF\0\1\2\3'; done >"$ODD/bytes"
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$ODD/socket" || fail "no socket"
# A device of our own: /dev/null is everybody's.
if [[ $(id -u) -eq 0 ]] && mknod -m 666 "$ODD/device" c 1 3 2>/dev/null; then KINDS+=(device full); fi

# put_odd KIND PATH: something that is no file of ours. Nobody reads the pipe.
put_odd() {
  rm -rf "$2"
  case $1 in
    folder | text | bytes) cp -a "$ODD/$1" "$2" ;;
    pipe) mkfifo "$2" ;;
    socket) ln "$ODD/socket" "$2" ;;
    device) mknod -m 666 "$2" c 1 3 ;;
    full) mknod -m 666 "$2" c 1 7 ;;
  esac || fail "cannot make a $1"
}
# What it is, which one, and what is in it.
look() {
  stat -c '%F %i %t:%T' "$1"
  if [[ -f $1 ]]; then sha256sum <"$1"; elif [[ -d $1 ]]; then cat "$1/kept"; fi
}
# put_back: all files of A as they were, and no server.
put_back() {
  if ipcs -m | grep -q '^0x'; then
    quietly A mupip replicate -source -shutdown -timeout=0 >/dev/null 2>&1
    quietly A mupip rundown -region '*' >/dev/null 2>&1
  fi
  rm -rf "$FOLDER/A"
  cp -a --sparse=always "$FOLDER/kept-A" "$FOLDER/A"
}

# tried KIND PATH COMMAND: it ends by itself; what is at PATH is the same thing as before.
tried() {
  local kind=$1 path=$2 command=$3 before
  put_odd "$kind" "$path"
  before=$(look "$path")
  set -f
  # shellcheck disable=SC2086
  attempt A timeout -s KILL 20 $command
  set +f
  [[ $STATUS -ne 137 && $STATUS -ne 124 ]] || fail "hangs with a $kind: $command"
  [[ $STATUS -lt 132 || $STATUS -gt 139 || -s $SAID ]] || fail "dies of a $kind: $command"
  ! grep -q 'broken invariant' "$SAID" || fail "dies of a $kind: $command"$'\n'"$(cat "$SAID")"
  ! compgen -G "${path}_[0-9]*" >/dev/null || fail "a $kind was renamed by: $command"
  SAME=false
  [[ $(look "$path") != "$before" ]] || SAME=true
  [[ $(look "$path" | head -1) == "$(head -1 <<<"$before")" ]] || fail "a $kind was replaced by: $command"
}
refused() {
  tried "$@"
  [[ $STATUS -ne 0 ]] || fail "status 0 with a $1: $3"
  grep -q '%GTM-[EF]-\|%GDE-E-' "$SAID" || fail "no message of a $1: $3"$'\n'"$(cat "$SAID")"
  $SAME || fail "a $1 was changed by: $3"
  rm -rf "$2"
}
taken() {
  tried "$@"
  [[ $STATUS -eq 0 ]] || fail "a $1 is not taken by: $3"$'\n'"$(cat "$SAID")"
  rm -rf "$2"
  put_back
}
# walk PATH ROW...: each row is a command, with @ for the path; before it, the kinds that it takes.
walk() {
  local path=$1 row kind command
  shift
  for row; do
    command=${row#*|}
    for kind in "${KINDS[@]}"; do
      if [[ ${row%%|*} == *"no $kind"* ]]; then continue; fi
      # What is not written to any device need not be tried with a full one.
      if [[ $kind == full && (${row%%|*} != *device* || ${row%%|*} == no*) ]]; then continue; fi
      if [[ " ${row%%|*} " == *" $kind "* ]]; then
        taken "$kind" "$path" "${command//@/$path}"
      else
        refused "$kind" "$path" "${command//@/$path}"
      fi
    done
  done
}

instance A
root A
standby A B
update A 20
take_down A
on A mupip journal -rollback -backward -resync=15 -losttrans=lost '*'
sed -i '1s/SECONDARY/PRIMARY/' "$FOLDER/A/lost"  # As one whom somebody else took over from.
on A mupip backup -replinstance=copy.repl DEFAULT copy.dat
on A mupip backup -bytestream DEFAULT increment
cp -a --sparse=always "$FOLDER/A" "$FOLDER/kept-A"
P=$FOLDER/A/odd.x  # Programs that add an ending to a name without one leave it.
START="mupip replicate -source -start -passive -instsecondary=B -rootprimary"

# What each takes in place of a file, and the command, with @ for the file.
WRITES=(
  "|mupip extract @"
  "folder|mupip backup DEFAULT @"
  "folder|mupip backup -replace DEFAULT @"
  "folder|mupip backup -replace -bytestream DEFAULT @"
  "folder|mupip backup -replace -replinstance=@ DEFAULT $FOLDER/A/copy.dat"
  "|env gtm_repl_instance=@ mupip replicate -instance_create -name=Q"
  "|mupip set -journal=enable,on,before,filename=@ -region DEFAULT"
  "|env gtmgbldir=@ gde change -region DEFAULT -key_size=200"
  "|gde setgd -file=@"
  "device|gde show -commands -file=@"
  "text device full|gde log -on=@"
  "device|mupip journal -extract=@ -forward gtm.mjl"
  "device|mupip journal -extract=@ -detail -forward gtm.mjl"
  "device|mupip journal -rollback -backward -resync=5 -losttrans=@ *"
  "text device full|$START -log=@"
  "|mupip replicate -receiver -start -listenport=1 -log=@"
  "device|mupip journal -extract=x -brokentrans=@ -forward gtm.mjl"
)
# Input that is read from its beginning to its end may come through a pipe, which is waited for as by any program. A backup's
# -journal is looked at by GT.M only.
READS=(
  "|mupip replicate -editinstance -show @"
  "|mupip replicate -editinstance -name=Q @"
  "|env gtm_repl_instance=@ mupip replicate -source -showbacklog"
  "|env gtm_repl_instance=@ $START -log=x.log"
  "|env gtm_repl_instance=@ mupip replicate -refresh -from=127.0.0.1:1 -timeout=1"
  "|env gtmgbldir=@ mupip integ -region DEFAULT"
  "|env gtmgbldir=@ gbl get ^a"
  "|env gtmgbldir=@ dse dump -fileheader"
  "|mupip journal -show -forward @"
  "|mupip journal -verify -forward @"
  "|mupip journal -extract=x -forward @"
  "|mupip journal -recover -forward @"
  "|mupip restore $FOLDER/A/copy.dat @"
  "|mupip restore @ increment"
  "|mupip integ -file @"
  "|mupip set -file @ -key_size=200"
  "no pipe no device no text no bytes|mupip journal -extract=x -gvpatfile=@ -forward gtm.mjl"
  "no pipe no device|mupip load @"
  "no pipe no device|gbl apply-lost @"
  "no pipe no device|gbl run @"
  "no pipe no device|gde @@"
  "text bytes|mupip ftok @"
  "|mupip rundown -file @"
  "|mupip set -jnlfile @ -noprevjnlfile"
  "|mupip journal -recover -forward -redirect=$FOLDER/A/gtm.dat=@ gtm.mjl"
  "|mupip replicate -receiver -start -listenport=1 -log=x.log -updateresync=@"
)

step "the tables have every parameter and qualifier that is a file"
every() { printf '%s\n' "${WRITES[@]}" "${READS[@]}" | grep -q -e "mupip $1 .*$2" || fail "no row of: mupip $1 $2"; }
on A mupip help
for command in $(sed -n 's/^   \([a-z]\+\)  .*/\1/p' "$SAID"); do
  on A mupip help "$command"
  if grep -q '^mupip .*<.*file.*>' "$SAID"; then every "$command" @; fi
  while read -r name; do every "$command" "$name=[^ ]*@"; done < <(sed -n 's/^ *\(-\[no\]\|-\)\?\([a-z]\+\)\[\?=<.*\(file\|directory\).*>.*/\2/p' "$SAID" | sort -u)
done

step "where a command writes"
walk "$P" "${WRITES[@]}"

step "where a command reads"
walk "$P" "${READS[@]}"

step "a pipe that somebody reads"
for command in "mupip journal -extract=@ -forward gtm.mjl" "mupip journal -rollback -backward -resync=5 -losttrans=@ *" \
  "gde show -commands -file=@"; do
  mkfifo "$P"
  timeout 20 cat "$P" >"$FOLDER/got" &
  set -f
  # shellcheck disable=SC2086
  within "$DEADLINE_S" "a reader of: $command" quietly A ${command//@/$P}
  set +f
  wait "$!" || fail "the reader waited for ever: $command"
  [[ -p $P ]] || fail "the pipe was replaced by: $command"
  grep -q '^GDSJEX07\|^TEMPLATE' "$FOLDER/got" || fail "the reader got nothing from: $command"
  rm "$P"
  put_back
done

step "a log of which a power loss has left zeros"
{ head -c 4096 /dev/zero; echo 'a line'; } >"$FOLDER/A/old.log"
set -f
# shellcheck disable=SC2086
on A $START -log=old.log
set +f
grep -aq 'a line' "$FOLDER/A/old.log" || fail "the log was replaced"
put_back

step "an extract that is there makes room, and a second one too"
for _ in 1 2; do on A mupip journal -extract=odd.x -forward gtm.mjl; done
[[ $(find "$FOLDER/A" -name 'odd*' | wc -l) -eq 2 ]] || fail "$(ls "$FOLDER/A")"
rm "$FOLDER"/A/odd*

step "in place of the file of conflicts"
set -f
# shellcheck disable=SC2086
on A $START -log=x.log
set +f
on A dse change -fileheader -zqgblmod_seqno=1 -zqgblmod_tn=1
on A gbl set '^a("A",15)' other
walk "$FOLDER/A/lost.conflicts" "|gbl apply-lost lost"
put_back

step "in place of a site's own files"
for file in gtm.dat gtm.mjl gtm.repl gtm.gld; do
  for kind in "${KINDS[@]}"; do
    [[ $kind != full ]] || continue
    refused "$kind" "$FOLDER/A/$file" "$START -log=x.log"
    put_back
  done
done
# A site's file that is a text is a damaged one: short_files has those.
for file in gtm.dat-ctl gtm.dat-lock gtm.dat-ckpt; do
  for kind in folder pipe socket; do
    tried "$kind" "$FOLDER/A/$file" "$START -log=x.log"
    $SAME || fail "a $kind was changed: $file"
    put_back
  done
done
for kind in "${KINDS[@]}"; do
  [[ $kind != full ]] || continue
  refused "$kind" "$FOLDER/A/gtm.dat" "mupip create -region=DEFAULT"
  put_back
done

step "nothing is left of it"
[[ -S $ODD/socket ]] || fail "the socket has gone"
standby A B
update A 5
