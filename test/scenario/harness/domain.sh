# shellcheck shell=bash
# domain.sh -- verbs for a domain: nodes with an agent each (hwd), and what is asked of them (hwadm). All nodes are logical ones of
# this host, with folders $FOLDER/NODE.

NODES=()
declare -A NODE_OF AGENT_PORT

# node N INSTANCE: a node, and the instance that is at it.
node() {
  NODES+=("$1")
  NODE_OF[$2]=$1
  mkdir "$FOLDER/$1"
  choose_port "$1"
  AGENT_PORT[$1]=${PORT[$1]}
  choose_port "$2"
  printf '[%s]\nHOME=%s\nDIR=%s\nRAC_PORT=%s\n' "$1" "$(dirname "$HW_BIN")" "$FOLDER/$1" "${AGENT_PORT[$1]}" >>"$FOLDER/nodes.ini"
}

# key: the one that all agents share.
key() {
  head -c 64 /dev/urandom | base64 -w 0 >"$FOLDER/key"
  chmod 600 "$FOLDER/key"
}

# nodes_toml, instance_toml I UPSTREAMS [LINE...]: parts of a configuration.
nodes_toml() {
  local node
  printf '[security]\nkey_file="%s"\n[agent]\nstop_s=10\n' "$FOLDER/key"
  for node in "${NODES[@]}"; do
    printf '[node.%s]\ntype="logical"\nport=%s\nhome="%s"\ndir="%s"\n' "$node" "${AGENT_PORT[$node]}" "$(dirname "$HW_BIN")" \
      "$FOLDER/$node"
  done
}
instance_toml() {
  printf '[instance.%s]\nnode="%s"\ndir="%s"\nlisten=%s\nupstreams=[%s]\n' "$1" "${NODE_OF[$1]}" "$FOLDER/$1" "${PORT[$1]}" "$2"
  printf 'source_options="-buffsize=%s %s"\nreceiver_options="-buffsize=%s"\n' "$POOL_BYTES" "$CONNECT" "$POOL_BYTES"
  [[ $# -le 2 ]] || printf '%s\n' "${@:3}"
}

# two_sites: A at n1 and B at n2, each of which may be root, and $FOLDER/shop.toml, which says so.
two_sites() {
  instance A B
  node n1 A
  node n2 B
  key
  {
    printf 'format=1\n[domain]\nname="shop"\nmaster=["n1", "n2"]\n'
    nodes_toml
    instance_toml A '"B"'
    instance_toml B '"A"'
    printf '[group.acct]\ninstances=["A", "B"]\n'
  } >"$FOLDER/shop.toml"
}

# agent_starts NODE...: in the background; returns when it listens.
agent_starts() {
  local node
  for node; do
    HW_KEY_FILE=$FOLDER/key hwd -i "$FOLDER/nodes.ini" -l "$node" >"$SAID" 2>&1 </dev/null ||
      fail "agent of $node: $(cat "$SAID")"
  done
}
agent_pid() { cat "$FOLDER/$1/run/hwd.pid" 2>/dev/null; }
# agent_dies NODE: of SIGKILL; its servers live on.
agent_dies() {
  local pid
  pid=$(agent_pid "$1")
  kill -KILL "$pid" || fail "no agent of $1"
  within "$DEADLINE_S" "the agent of $1 has gone" gone "$pid"
}
agents_stop() {
  local node pid
  for node; do
    pid=$(agent_pid "$node")
    [[ -n $pid ]] || continue
    kill "$pid"
    within "$DEADLINE_S" "the agent of $node has ended" gone "$pid"
  done
}

# adm NODE COMMAND...: asks the agent of that node; what it says is in $SAID, its status in STATUS.
adm() {
  local node=$1
  shift
  timeout -k 5 120 hwadm --dir "$FOLDER/$node" "$@" >"$SAID" 2>&1 </dev/null
  STATUS=$?
  { printf '\n[%s]$ hwadm %s\n' "$node" "$*"; cat "$SAID"; echo "status $STATUS"; } >>"$TRANSCRIPT"
}
# adm_does NODE COMMAND...: as adm; the scenario fails when the command does.
adm_does() {
  adm "$@"
  [[ $STATUS -eq 0 ]] || fail "status $STATUS at $1 of: ${*:2}
$(cat "$SAID")"
}
# adm_ends NODE STATUS TEXT COMMAND...: it ends so, and says so.
adm_ends() {
  adm "$1" "${@:4}"
  said "$3"
  [[ $STATUS -eq $2 ]] || fail "status $STATUS, not $2, at $1 of: ${*:4}
$(cat "$SAID")"
}

# adm_shows NODE TEXT COMMAND...: it comes to say so.
shows() { adm "$1" "${@:3}"; grep -qE -- "$2" "$SAID"; }
adm_shows() { within "$DEADLINE_S" "at $1, ${*:3} shows: $2" shows "$@"; }

# node_dies NODE INSTANCE [PID...]: its agent, all of the instance's processes and these are killed at once, as by a loss of the machine.
# When, in microseconds of the time of day, is in KILLED_AT.
node_dies() {
  local pid pids
  pids="${*:3} $(agent_pid "$1") $(processes_of "$2" | tr '\n' ' ')"
  KILLED_AT=${EPOCHREALTIME/./}
  # shellcheck disable=SC2086
  kill -KILL $pids 2>/dev/null
  for pid in $pids; do within "$DEADLINE_S" "process $pid has gone" gone "$pid"; done
}
# instance_dies INSTANCE: its processes alone.
instance_dies() {
  local pid pids
  pids=$(processes_of "$1")
  # shellcheck disable=SC2086
  kill -KILL $pids 2>/dev/null
  for pid in $pids; do within "$DEADLINE_S" "process $pid has gone" gone "$pid"; done
}

# next_of NODE INSTANCE: its next seqno, as the board has it.
next_of() { hwadm --dir "$FOLDER/$1" status 2>/dev/null | sed -n "s/^instance $2 .* next \([0-9]*\) .*/\1/p"; }
all_have() {
  local node=$1 instance
  for instance in "${@:3}"; do [[ $(next_of "$node" "$instance") == "$2" ]] || return 1; done
}
# domain_equal NODE A B...: the others come to A's seqno as the board of NODE has it, and all hold the same data.
domain_equal() {
  local wanted site
  wanted=$(quietly "$2" mupip replicate -source -status -json 2>/dev/null | sed -n 's/^ *"next_seqno": \([0-9]*\),.*/\1/p' | head -1)
  [[ -n $wanted ]] || fail "no seqno from $2"
  within "$DEADLINE_S" "all have what $2 has, next $wanted" all_have "$1" "$wanted" "${@:2}"
  wanted=$(digest "$2")
  for site in "${@:3}"; do [[ $(digest "$site") == "$wanted" ]] || fail "$2 and $site hold different data"; done
}

# ---- the lease store ----

ETCD_MEMBERS=()
declare -A ETCD_PID
# etcd MEMBER...: a store of these members. Skipped where there is no etcd.
etcd() {
  command -v etcd >/dev/null || { echo "skipped: no etcd here"; exit 77; }
  local member cluster=
  ETCD_MEMBERS=("$@")
  for member; do
    choose_port "$member"
    choose_port "$member-peer"
    cluster+="${cluster:+,}$member=http://127.0.0.1:${PORT[$member-peer]}"
  done
  ETCD_CLUSTER=$cluster
  etcd_starts "$@"
}
etcd_starts() {
  local member client peer
  for member; do
    client=http://127.0.0.1:${PORT[$member]} peer=http://127.0.0.1:${PORT[$member-peer]}
    command etcd --name "$member" --data-dir "$FOLDER/$member.etcd" \
      --listen-client-urls "$client" --advertise-client-urls "$client" --listen-peer-urls "$peer" \
      --initial-advertise-peer-urls "$peer" --initial-cluster "$ETCD_CLUSTER" --initial-cluster-token "$$" \
      >>"$FOLDER/$member.etcd.log" 2>&1 </dev/null &
    ETCD_PID[$member]=$!
  done
  for member; do within "$DEADLINE_S" "$member of the store answers" etcd_answers "$member"; done
}
# Linearizable: there is a leader.
etcd_answers() {
  local body='{"key":"YQ=="}'
  curl -sf -m 2 -d "$body" "http://127.0.0.1:${PORT[$1]}/v3/kv/range" >/dev/null 2>&1
}
etcd_dies() {
  local member
  for member; do
    kill -KILL "${ETCD_PID[$member]}"
    wait "${ETCD_PID[$member]}" 2>/dev/null
    unset "ETCD_PID[$member]"
  done
}
etcd_toml() {
  local member endpoints=
  for member in "${ETCD_MEMBERS[@]}"; do endpoints+="${endpoints:+, }\"http://127.0.0.1:${PORT[$member]}\""; done
  printf '[etcd]\nendpoints=[%s]\n' "$endpoints"
}

# What finish.sh ends whatever happens.
clear_agents() {
  local node pid
  for pid in "${ETCD_PID[@]}"; do kill -KILL "$pid" 2>/dev/null; done
  for node in "${NODES[@]}"; do
    pid=$(agent_pid "$node")
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
  done
}
