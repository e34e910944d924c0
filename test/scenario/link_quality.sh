# shellcheck shell=bash
# The link itself: how it is made, kept, given up and made again; what a slow secondary costs the others. What GT.M does on the
# same occasions stands in the machines' unit tests.
only_headwater "log lines of heartbeats and of compression are not compared here"
instance A B C
root A
standby B A
receiver B
standby C A
receiver C

# feed_at A B ADDRESS [qualifiers]: as feed, to another form of the address.
feed_at() {
  local from=$1 to=$2 address=$3
  shift 3
  on "$from" mupip replicate -source -start -secondary="$address:${PORT[$to]}" -instsecondary="$to" \
    -log="$FOLDER/$from/source-$to.log" -buffsize="$POOL_BYTES" -rootprimary "$CONNECT" "$@"
  note_source "$from" "$to" active
}

step "by name, by IPv4, by IPv6" # Shows: link.ipv6
feed A C # Holds the pool.
addresses=(127.0.0.1 localhost)
[[ ! -s /proc/net/if_inet6 ]] || addresses+=('[::1]')
for address in "${addresses[@]}"; do
  feed_at A B "$address"
  update A 10
  expect_equal A B
  unfeed A B
done
[[ ! -s /proc/net/if_inet6 ]] || expect_log A source-B "Remote: ::1:${PORT[B]}"

step "keep-alive at both ends" # Shows: link.keepalive
feed A B
update A 10
expect_equal A B
hex=$(printf '%04X' "${PORT[B]}")
# The kernel's table: local address, remote address, state 01 is established; timer 02 is that of keep-alive probes. While
# something is under way it is another timer's turn.
kept_alive() {
  local lines
  lines=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v p=":$hex" -v n="$1" \
    '$4 == "01" && substr($n, length($n) - 4) == p && substr($6, 1, 2) == "02"')
  [[ -n $lines ]]
}
within "$DEADLINE_S" "the receiver's socket has keep-alive on" kept_alive 2
within "$DEADLINE_S" "the source's socket has keep-alive on" kept_alive 3

step "a name is looked up again at each connection" # Shows: link.lookup
cp /etc/hosts "$FOLDER/hosts"
if unshare --mount mount --bind "$FOLDER/hosts" /etc/hosts 2>/dev/null; then
  unfeed A B
  # Nobody has the name yet: the first look-up must not be the last one.
  # shellcheck disable=SC2016
  on A unshare --mount bash -c 'mount --bind "$1" /etc/hosts && shift && exec "$@"' - "$FOLDER/hosts" \
    mupip replicate -source -start -secondary=secondary.test:"${PORT[B]}" -instsecondary=B \
    -log="$FOLDER/A/source-B.log" -buffsize="$POOL_BYTES" -rootprimary "$CONNECT"
  note_source A B active
  update A 10
  expect_log A source-B "1 hard connection attempt failed"
  echo "127.0.0.1 secondary.test" >>"$FOLDER/hosts"
  expect_equal A B
fi

step "-connectparams" # Shows: link.connectparams
unfeed A B
stop_receiver B
on A mupip replicate -source -start -secondary=127.0.0.1:"${PORT[B]}" -instsecondary=B -log="$FOLDER/A/params.log" \
  -rootprimary -connectparams=2,300,1,2,1,3
note_source A B active
expect_log A params "Connect hard tries count = 2, Connect hard tries period = 300 milliseconds"
expect_log A params "2 hard connection attempt failed : Connection refused"
expect_log A params "Soft tries period = 1 seconds, REPLALERT message period = 2 seconds"
expect_log A params "1 soft connection attempt failed : Connection refused"
expect_log A params "%GTM-W-REPLALERT, Source Server could not connect to replicating instance [B] for"
grep -q "3 hard connection attempt" "$FOLDER/A/params.log" && fail "more hard tries than two"
receiver B
update A 10
expect_equal A B

step "a receiver server that stands still is given up, and met again" # Shows: link.heartbeat link.connectparams
freeze B receiver
expect_log A params "No response received for heartbeat sent"
thaw
update A 10
expect_equal A B

step "compression needs both ends" # Shows: link.compression
# sent A LOG: bytes of messages before and behind compression, from the server's last words.
sent() { sed -n 's/.*Msg Total : \([0-9]*\)  CmpMsg Total : \([0-9]*\)$/\1 \2/p' "$FOLDER/$1/$2.log" | tail -1; }
# compressed RECEIVER SOURCE: qualifiers of both.
compressed() {
  local plain packed
  unfeed A B
  stop_receiver B
  # shellcheck disable=SC2086
  receiver B $1
  # shellcheck disable=SC2086
  feed A B $2
  update A 400
  expect_equal A B
  unfeed A B
  read -r plain packed < <(sent A source-B)
  feed A B
  [[ $packed -lt $plain ]]
}
compressed -cmplvl=1 -cmplvl=6 || fail "nothing was compressed"
compressed "" -cmplvl=6 && fail "compressed for a receiver that did not ask for it"
compressed -cmplvl=6 "" && fail "compressed by a source that was not told to"

step "a secondary that stands still slows nobody" # Shows: link.slow
freeze B receiver
expect_equal A C
# B's source server waits for B's socket, or its receiver, all the while.
update A 3000
expect_equal A C
behind=$(quietly A mupip replicate -source -showbacklog -instsecondary=B 2>&1 | sed -n 's/.*is behind by \([0-9]*\) transaction.*/\1/p')
[[ $behind -gt 0 ]] || fail "B is not behind"
thaw
expect_equal A B
