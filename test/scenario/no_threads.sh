# shellcheck shell=bash
# The system allows no more threads (ulimit -u, TasksMax): what needs one ends with a message, what does not goes on, and nothing
# is ended by a signal. The data is what it was.
only_headwater "GT.M has no threads there"
need_users
site_of_users A 664
stops_replicating A # It never was an instance.
can gtm A gbl set '^a(1)' one
can gtm A mupip backup DEFAULT copy.dat
printf 'GT.M MUPIP EXTRACT\n29-NOV-2026  17:04:35 ZWR\n^q(1)="x"\n' >"$FOLDER/A/load.zwr"
chmod 644 "$FOLDER/A/load.zwr"

# alone COMMAND...: with one process, and so one thread, for the user.
alone() {
  as gtm A prlimit --nproc=1 --core=0 "$@"
  [[ $STATUS -ne 124 && $STATUS -ne 134 && $STATUS -ne 137 && $STATUS -ne 139 ]] || fail "status $STATUS of: $*"$'\n'"$(cat "$SAID")"
  ! grep -q 'terminate called\|broken invariant' "$SAID" || fail "$(cat "$SAID")"
}
for command in "gbl set ^b 1" "gbl kill ^a(1)" "gbl incr ^b" "mupip load load.zwr"; do
  step "without a thread: $command"
  # shellcheck disable=SC2086
  alone $command
  [[ $STATUS -ne 0 ]] || fail "status 0 of: $command"
  said "pthread_create()"
  said "TasksMax"
done
for command in "gbl get ^a(1)" "mupip integ -region DEFAULT" "mupip size" "mupip integ -file copy.dat" "mupip extract -stdout" \
  "mupip backup -replace DEFAULT copy.dat" "mupip journal -extract=x.mjf -forward gtm.mjl" "mupip rundown -region *"; do
  step "without a thread: $command"
  set -f
  # shellcheck disable=SC2086
  alone $command
  set +f
  [[ $STATUS -eq 0 ]] || said "pthread_create()"
done
reads gtm A '^a(1)' one
can gtm A gbl set '^b' 2
reads gtm A '^b' 2
can gtm A mupip integ -region DEFAULT
