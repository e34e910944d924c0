# shellcheck shell=bash
# instances.sh -- verbs that make instances. An instance has a folder of its name with two regions, DEFAULT and XREG (the
# globals ^x...), journaled with before-images, and its replication instance file. KEY_SIZE, if set, is that of both regions.

INSTANCES=()
SITES=()  # With a global directory of the harness's making.
declare -A ROLE PORT POOL SECONDARIES  # See servers.sh.
declare -A LEVEL                       # 1: of the dual-site version (gtm_repl_level).
declare -A CHARSET                     # UTF-8: its programs are in that mode (gtm_chset).

# instance NAME...: makes them; nothing runs yet.
instance() {
  local name
  for name; do
    mkdir "$FOLDER/$name"
    global_directory "$name"
    on "$name" mupip create
    on "$name" mupip set -replication=on -journal=enable,on,before_images -region '*'
    instance_file "$name"
    note_instance "$name"
  done
}

# instance_file A: makes one, in place of an old one; that of a dual-site instance has no name.
instance_file() {
  if [[ ${LEVEL[$1]:-2} == 1 ]]; then
    on "$1" mupip replicate -instance_create
  else
    on "$1" mupip replicate -instance_create -name="$1"
  fi
}

# dual_site NAME...: before instance: these are of the dual-site version, until upgraded.
dual_site() {
  local name
  for name; do LEVEL[$name]=1; done
}
upgraded() { unset "LEVEL[$1]"; }

note_instance() {
  INSTANCES+=("$1")
  ROLE[$1]=propagate
  SECONDARIES[$1]=
  POOL[$1]=
}

# stops_replicating A: its databases have been told to; they are checked as any, but start as no instance any more.
stops_replicating() {
  local name kept=()
  for name in "${INSTANCES[@]}"; do [[ $name == "$1" ]] || kept+=("$name"); done
  INSTANCES=("${kept[@]}")
}

global_directory() {
  SITES+=("$1")
  edit_global_directory "$1" >"$SAID" 2>&1 <<GDE || fail "gde: $(cat "$SAID")"
change -segment DEFAULT -file="$FOLDER/$1/gtm.dat" -alloc=200
change -region DEFAULT -rec=4000 -key="${KEY_SIZE:-255}"
add -name x* -region=XREG
add -name X* -region=XREG
add -region XREG -dyn=XSEG -rec=4000 -key="${KEY_SIZE:-255}"
add -segment XSEG -file="$FOLDER/$1/x.dat" -alloc=200
exit
GDE
}

# root NAME: from now on its source servers are started with -rootprimary. All others propagate.
root() {
  local name
  for name in "${INSTANCES[@]}"; do ROLE[$name]=propagate; done
  ROLE[$1]=root
}

# port NAME: where its receiver server listens, now and after each restart.
port() { echo "${PORT[$1]}"; }

# Below the range the kernel takes ports of connections from, and free now.
choose_port() {
  local try port
  for try in {1..200}; do
    port=$((10000 + (RANDOM * 32768 + RANDOM) % 20000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      PORT[$1]=$port
      return
    fi
  done
  fail "no free port in $try tries"
}

# copy_instance A B: B from a copy of A's databases, which nobody has open; journals and instance file are B's own.
copy_instance() {
  local file
  mkdir "$FOLDER/$2"
  global_directory "$2"
  for file in "$FOLDER/$1"/*.dat*; do cp --sparse=always "$file" "$FOLDER/$2/"; done
  cp "$FOLDER/$1/gtm.repl" "$FOLDER/$2/copied.repl"
  on "$2" mupip set -replication=on -journal=enable,on,before_images,file="$FOLDER/$2/gtm.mjl" -region DEFAULT
  on "$2" mupip set -replication=on -journal=enable,on,before_images,file="$FOLDER/$2/x.mjl" -region XREG
  on "$2" mupip replicate -instance_create -name="$2"
  note_instance "$2"
}

# save A, and later restore A: all files of an instance that is down, as a backup of the machine's disk would keep them.
save() { cp -a --sparse=always "$FOLDER/$1" "$FOLDER/.saved-$1"; }
restore() {
  rm -rf "${FOLDER:?}/$1"
  mv "$FOLDER/.saved-$1" "$FOLDER/$1"
  forget_recording "$1"
}
