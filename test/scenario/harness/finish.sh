# shellcheck shell=bash
# finish.sh -- the end of a scenario: in good order, and when it has failed.

SEGMENTS=

# processes_of A: all that have A's instance file in their environment, and so were started by this scenario.
processes_of() {
  local file
  for file in $(grep -lsz "^gtm_repl_instance=$FOLDER/$1/" /proc/[0-9]*/environ); do
    file=${file#/proc/}
    file=${file%/environ}
    # The scenario's own shell has it too, from `environment_of` in no subshell; and GT.M's helper serves all users.
    [[ $file != "$$" && $(cat "/proc/$file/comm" 2>/dev/null) != gtmsecshr ]] && ! gone "$file" && echo "$file"
  done
}

# note_segments PID: the System V segments a process has attached; the kernel shows their ids as inode numbers.
note_segments() {
  SEGMENTS+=" $(awk '$6 ~ /^\/SYSV/ { print $5 }' "/proc/$1/maps" 2>/dev/null | sort -u | tr '\n' ' ')"
}
remove_noted_segments() {
  local id
  for id in $SEGMENTS; do ipcrm -m "$id" 2>/dev/null; done
  SEGMENTS=
}

own_space() { [[ ${HW_OWN_SPACE:-none} == all ]]; }

# What a scenario that did not fail ends with: everything is whole, also after a power loss of one instance; everything down in
# good order, and whole after a power loss of all; nothing left, no error that was not expected.
close_scenario() {
  local site up=() left
  expect_whole_runbooks
  for site in "${!APPLICATION[@]}"; do stop_application "$site"; done
  step "everything is whole"
  check_everything
  lose_power_somewhere
  step "everything down"
  for site in "${INSTANCES[@]}"; do
    if is_up "$site"; then up+=("$site"); fi
  done
  at_once take_down "${up[@]}"
  # shellcheck disable=SC2046
  at_once check_closed $(sites)
  for site in "${INSTANCES[@]}"; do
    left=$(processes_of "$site" | tr '\n' ' ')
    [[ -z $left ]] || fail "processes of $site are left: $left"
  done
  if own_space; then
    left=$(ipcs -m | grep '^0x')
    [[ -z $left ]] || fail "shared memory is left: $left"
  fi
  expect_no_errors_in_logs
  trap - EXIT
  clear_away
  echo "passed in $SECONDS s (HW_LOSS_SEED=$LOSS_SEED; power lost by$LOSSES)"
  exit 0
}

clear_away() {
  local site pid
  cd /
  clear_agents
  for site in "${INSTANCES[@]}"; do
    for pid in $(processes_of "$site"); do
      note_segments "$pid"
      kill -KILL "$pid" 2>/dev/null
    done
  done
  for site in "${INSTANCES[@]}"; do
    (environment_of "$site"; timeout 20 mupip rundown -region '*') >/dev/null 2>&1 </dev/null
  done
  remove_noted_segments
  [[ -z ${HW_RESULTS:-} ]] || keep_results
  if $KEEP; then echo "kept: $FOLDER"; else rm -rf "$FOLDER"; fi
}

keep_results() {
  local file
  mkdir -p "$HW_RESULTS"
  cp "$TRANSCRIPT" "$HW_RESULTS/transcript"
  for file in "$FOLDER"/*/*.log "$FOLDER"/*/*.log.updproc; do
    if [[ -f $file ]]; then cp "$file" "$HW_RESULTS/$(basename "$(dirname "$file")")-$(basename "$file")"; fi
  done
}

# However the scenario ended.
finish() {
  local status=$?
  trap - EXIT
  if [[ $status -ne 0 && $status -ne 77 ]]; then
    echo "--- the ends of the logs, and of the transcript"
    tail -n 25 "$FOLDER"/*/log/hwd.log "$FOLDER"/*/*.log "$FOLDER"/*/*.log.updproc 2>/dev/null
    tail -n 40 "$TRANSCRIPT"
  fi
  clear_away
  exit $status
}
