# shellcheck shell=bash
# servers.sh -- verbs that start, find, move and stop servers.
#
# SECONDARIES[A] names those that A has a source server for; MODE["A B"] is active or passive; POOL[A] is up while A
# has a journal pool.

declare -A MODE POOL_OF
POOL_BYTES=1048576                    # Of both pools: small, so that many instances find room, and streams leave the ring.
CONNECT=-connectparams=5,200,1,0,2,20 # A secondary that is away is tried again every second.

# link A B [qualifiers of the source server]: A feeds B. Starts what B needs, then A's source server.
link() {
  [[ -n ${POOL[$2]} ]] || standby "$2" "$1"
  receiver "$2"
  feed "$@"
}

# feed A B [qualifiers]: A's source server to B. The first one makes A's journal pool.
feed() {
  local from=$1 to=$2
  shift 2
  [[ -n ${PORT[$to]:-} ]] || choose_port "$to"
  on "$from" mupip replicate -source -start -secondary=127.0.0.1:"${PORT[$to]}" -instsecondary="$to" \
    -log="$FOLDER/$from/source-$to.log" -buffsize="${POOL_OF[$from]:-$POOL_BYTES}" "-${ROLE[$from]}primary" "$CONNECT" "$@"
  note_source "$from" "$to" active
}

# standby B A: B's passive source server for A, whom B would feed after a switchover.
standby() {
  on "$1" mupip replicate -source -start -passive -instsecondary="$2" -log="$FOLDER/$1/source-$2.log" \
    -buffsize="${POOL_OF[$1]:-$POOL_BYTES}" "-${ROLE[$1]}primary"
  note_source "$1" "$2" passive
}

note_source() {
  POOL[$1]=up
  unset "CRASHED[$1]"
  MODE["$1 $2"]=$3
  [[ " ${SECONDARIES[$1]} " == *" $2 "* ]] || SECONDARIES[$1]+=" $2"
}

# receiver B [qualifiers]: B's receiver server and update process. B has a journal pool.
receiver() {
  local site=$1 try=0 known=${PORT[$1]:-}
  shift
  [[ -n ${POOL[$site]} ]] || standby "$site" DUMMY
  until
    [[ -n $known ]] || choose_port "$site"
    attempt "$site" mupip replicate -receiver -start -listenport="${PORT[$site]}" -log="$FOLDER/$site/receiver.log" \
      -buffsize="$POOL_BYTES" "$@"
    [[ $STATUS -eq 0 ]]
  do
    # Somebody else may have taken the port since it was chosen; one that others know stays.
    [[ -z $known && $((try += 1)) -lt 3 ]] || fail "receiver of $site: $(cat "$SAID")"
  done
}

update_process() { on "$1" mupip replicate -receiver -start -updateonly; }

# ---- process ids ----

server_pid() {
  local site=$1 what=$2
  shift 2
  quietly "$site" mupip replicate "$@" -checkhealth 2>&1 | sed -n "s/^PID \([1-9][0-9]*\) $what is alive.*/\1/p" | head -1
}
source_pid() { server_pid "$1" "Source server" -source -instsecondary="$2"; }
receiver_pid() { server_pid "$1" "Receiver server" -receiver; }
update_pid() { server_pid "$1" "Update process" -receiver; }

# ---- stopping ----

# unfeed A B: A's source server to B is shut down. With the last one goes the pool.
unfeed() {
  attempt "$1" mupip replicate -source -shutdown -timeout=0 -instsecondary="$2"
  # 1 says that others are still attached to the pool.
  [[ $STATUS -le 1 ]] || fail "source server of $1 to $2: $(cat "$SAID")"
  SECONDARIES[$1]=${SECONDARIES[$1]/ $2/}
  unset "MODE[$1 $2]"
  [[ -n ${SECONDARIES[$1]} ]] || POOL[$1]=
}

stop_receiver() { on "$1" mupip replicate -receiver -shutdown -timeout=0; }

# take_down A: everything of A in order: the receiver side, then the source servers, then the databases.
take_down() {
  if [[ -n $(receiver_pid "$1") ]]; then stop_receiver "$1"; fi
  on "$1" mupip replicate -source -shutdown -timeout=0
  on "$1" mupip rundown -region '*'
  forget_servers "$1"
}

forget_servers() {
  local name
  for name in ${SECONDARIES[$1]}; do unset "MODE[$1 $name]"; done
  SECONDARIES[$1]=
  POOL[$1]=
}

# ---- roles ----

# activate B A: B's passive source server for A becomes active, and B root primary, without B's pool going down.
activate() {
  [[ -n ${PORT[$2]:-} ]] || choose_port "$2"
  on "$1" mupip replicate -source -activate -instsecondary="$2" -secondary=127.0.0.1:"${PORT[$2]}" \
    -log="$FOLDER/$1/source-$2.log" "$CONNECT" -rootprimary
  root "$1"
  MODE["$1 $2"]=active
}

# promote B A: B, whose feeder A has gone, becomes root on the fly. Only B's passive source server for A may be attached
# to its pool meanwhile, so the receiver ends, and its source servers to others start again afterwards.
promote() {
  local site=$1 old=$2 name fed=
  for name in ${SECONDARIES[$site]}; do
    [[ $name != "$old" ]] || continue
    [[ ${MODE["$site $name"]} != active ]] || fed+=" $name"
  done
  stop_receiver "$site"
  [[ " ${SECONDARIES[$site]} " == *" $old "* ]] || standby "$site" "$old"
  for name in ${SECONDARIES[$site]}; do [[ $name == "$old" ]] || unfeed "$site" "$name"; done
  activate "$site" "$old"
  for name in $fed; do feed "$site" "$name"; done
}

# switchover A B: planned. B, which has all that A has, becomes root; A becomes its secondary, and B feeds whom A fed.
switchover() {
  local old=$1 new=$2 name fed=
  in_step "$old" "$new"
  for name in ${SECONDARIES[$old]}; do
    [[ $name == "$new" || ${MODE["$old $name"]} != active ]] || fed+=" $name"
  done
  take_down "$old"
  promote "$new" "$old"
  standby "$old" "$new"
  receiver "$old"
  for name in $fed; do feed "$new" "$name"; done
}
