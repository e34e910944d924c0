# shellcheck shell=bash
# operator_log.sh -- what this scenario's processes send to syslog: received by a syslog of the scenario's own.

# operator_log: from now on messages to the operator log stand in $FOLDER/operator.log. False where the scenario has no
# machine space of its own in which to put a /dev/log.
operator_log() {
  own_space || return 1
  local device
  mkdir "$FOLDER/dev" && mount -t tmpfs none "$FOLDER/dev" || return 1
  for device in null zero full random urandom; do
    : >"$FOLDER/dev/$device"
    mount --bind "/dev/$device" "$FOLDER/dev/$device" || return 1
  done
  mkdir "$FOLDER/dev/shm"
  ln -s /proc/self/fd "$FOLDER/dev/fd"
  mount --move "$FOLDER/dev" /dev || return 1
  python3 - "$FOLDER/operator.log" <<'PYTHON' &
import socket, sys
log = open(sys.argv[1], "a")
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("/dev/log")
while True:
    log.write(listener.recv(65536).decode().rstrip("\0\n") + "\n")
    log.flush()
PYTHON
  OPERATOR_LOG_PID=$!
  within "$DEADLINE_S" "the syslog listens" test -S /dev/log
}

# expect_operator_log PRIORITY WRITER TEXT: the operator log has it, as syslog's <priority> and GT.M's writer.
expect_operator_log() {
  within "$DEADLINE_S" "the operator log says, from $2: $3" operator_log_has "$@"
}
operator_log_has() {
  awk -v start="<$1>" -v writer=" $2[" -v text="${3//@/$FOLDER}" \
    'index($0, start) == 1 && index($0, writer) && index($0, "]: " text) { found = 1 } END { exit !found }' \
    "$FOLDER/operator.log"
}
