# shellcheck shell=bash
# Folders, pipes, sockets, devices and files of other programs in place of every file that a command reads or writes: they
# are written to where that makes sense, refused otherwise, and never renamed, replaced or changed; nothing hangs.
only_headwater "the messages are ours"

KINDS=(folder pipe socket text bytes)
[[ $(id -u) -eq 0 ]] && mknod -m 666 "$FOLDER/device" c 1 3 2>/dev/null && KINDS+=(device) && rm "$FOLDER/device"

# put_odd KIND PATH: something that is no file of ours.
put_odd() {
  rm -rf "$2"
  case $1 in
    folder) mkdir "$2" && echo kept >"$2/kept" ;;
    pipe) mkfifo "$2" ;;
    socket) python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$2" ;;
    text) printf 'a letter\nto somebody\n' >"$2" ;;
    bytes) python3 -c 'import sys; open(sys.argv[1], "wb").write(b"\x7fELF\0\1\2\3" * 2500)' "$2" ;;
    device) mknod -m 666 "$2" c 1 3 ;;
  esac || fail "cannot make a $1"
}
# What it is, which one, and what is in it.
look() {
  stat -c '%F %i %t:%T' "$1"
  if [[ -f $1 ]]; then sha256sum <"$1"; elif [[ -d $1 ]]; then cat "$1/kept"; fi
}

# tried KIND PATH COMMAND...: the command ends, by itself, and leaves the thing as it was. Its status is in STATUS.
tried() {
  local kind=$1 path=$2 before
  shift 2
  put_odd "$kind" "$path"
  before=$(look "$path")
  attempt A timeout -s KILL 20 "$@"
  [[ $STATUS -ne 137 && $STATUS -ne 124 ]] || fail "hangs with a $kind: $*"
  ! grep -qE 'HWCHECK|core dumped' "$SAID" || fail "dies of a $kind: $*"$'\n'"$(cat "$SAID")"
  [[ $(look "$path") == "$before" ]] || fail "a $kind was changed by: $*"$'\n'"was $before"$'\n'"is $(look "$path")"
  ! compgen -G "${path}_*" >/dev/null || fail "a $kind was renamed by: $*"
  rm -rf "$path"
}
# refused KIND PATH COMMAND...: as tried, and the command fails and says something.
refused() {
  tried "$@"
  [[ $STATUS -ne 0 ]] || fail "status 0 with a $1: ${*:3}"
  [[ -s $SAID ]] || fail "says nothing of a $1: ${*:3}"
}

instance A
root A
standby A B
update A 20
take_down A
save A
P=$FOLDER/A/odd

step "where a command writes"
for kind in "${KINDS[@]}"; do
  refused "$kind" "$P" mupip extract "$P"
  [[ $kind == folder ]] || refused "$kind" "$P" mupip backup DEFAULT "$P"
  [[ $kind == folder ]] || refused "$kind" "$P" mupip backup -replace DEFAULT "$P"
  [[ $kind == folder ]] || refused "$kind" "$P" mupip backup -replace -replinstance="$P" DEFAULT "$FOLDER/A/copy"
  rm -f "$FOLDER/A/copy"
  refused "$kind" "$P" env gtm_repl_instance="$P" mupip replicate -instance_create -name=Q
  refused "$kind" "$P" mupip set -journal=enable,on,before,file="$P" -region DEFAULT
  refused "$kind" "$P" env gtmgbldir="$P" gde change -region DEFAULT -key_size=200
  [[ $kind == device ]] && continue
  refused "$kind" "$P" mupip journal -extract="$P" -forward gtm.mjl
  refused "$kind" "$P" mupip journal -rollback -backward -resync=5 -losttrans="$P" '*'
done
for kind in folder socket text bytes; do refused "$kind" "$P" gde show -commands -file="$P"; done
on A mupip journal -verify -forward gtm.mjl

step "a pipe that is read, and a device, are written to"
on A mkfifo odd
timeout 20 cat "$P" >"$FOLDER/got" &
on A mupip journal -extract=odd -forward gtm.mjl
wait "$!" || fail "the reader of the pipe waited for ever"
[[ -p $P && $(head -c 8 "$FOLDER/got") == GDSJEX07 ]] || fail "the reader of the pipe got: $(head -c 100 "$FOLDER/got")"
rm "$P"
if [[ " ${KINDS[*]} " == *" device "* ]]; then
  put_odd device "$P"
  on A mupip journal -extract=odd -forward gtm.mjl
  on A mupip journal -rollback -backward -resync=15 -losttrans=odd '*'
  [[ -c $P ]] || fail "the device was replaced"
  rm "$P"
  restore A
fi

step "an extract that is there makes room, and a second one too"
on A mupip journal -extract=odd -forward gtm.mjl
on A mupip journal -extract=odd -forward gtm.mjl
[[ $(find "$FOLDER/A" -name 'odd*' | wc -l) -eq 2 ]] || fail "$(ls "$FOLDER/A")"
rm "$FOLDER"/A/odd*

step "where a command reads"
for kind in "${KINDS[@]}"; do
  refused "$kind" "$P" env gtm_repl_instance="$P" mupip replicate -editinstance -show "$P"
  refused "$kind" "$P" env gtm_repl_instance="$P" mupip replicate -source -start -passive -instsecondary=B -rootprimary -log=x.log
  refused "$kind" "$P" env gtmgbldir="$P" mupip integ -region DEFAULT
  refused "$kind" "$P" env gtmgbldir="$P" gbl get ^a
  refused "$kind" "$P" mupip journal -show -forward "$P"
  refused "$kind" "$P" mupip journal -verify -forward "$P"
  refused "$kind" "$P" mupip restore gtm.dat "$P"
  refused "$kind" "$P" mupip integ -file "$P"
  [[ $kind == pipe || $kind == device ]] && continue
  refused "$kind" "$P" mupip load "$P"
  refused "$kind" "$P" gbl apply-lost "$P"
  refused "$kind" "$P" gbl run "$P"
done

step "in place of a region's own files"
for file in gtm.dat gtm.mjl gtm.repl gtm.gld; do
  for kind in "${KINDS[@]}"; do
    restore A
    refused "$kind" "$FOLDER/A/$file" mupip replicate -source -start -passive -instsecondary=B -rootprimary -log=x.log
    restore A
    refused "$kind" "$FOLDER/A/$file" gbl set ^a 1
  done
done
restore A

step "a server's log"
for kind in folder pipe socket bytes; do
  refused "$kind" "$P" mupip replicate -source -start -passive -instsecondary=B -rootprimary -log="$P"
done
on A mupip replicate -source -start -passive -instsecondary=B -rootprimary -log=/dev/null
note_source A B passive
update A 5
