# shellcheck shell=bash
# A process that only reads has the databases open while others that update them come and go. Who is the last of those takes
# the journal pool along, and leaves the databases closed: the next one updates them, and a check of them has nothing to say.
only_headwater "GT.M's shared memory stays as long as anybody has the database open"
for kind in journaled plain; do
  mkdir "$FOLDER/$kind"
  global_directory "$kind"
  on "$kind" mupip create
done
on journaled mupip set -journal=enable,on,before_images -region '*'

# reader SITE: reads, and keeps the databases open; what it has read comes in SITE/read.
reader() {
  printf '%s\n' 'write ^a(1),^x(1),!' 'hang 300' >"$FOLDER/$1/reads"
  ( environment_of "$1"; cd "$FOLDER/$1" && exec gbl run reads >read 2>&1 ) &
  READER=$!
  within "$DEADLINE_S" "the reader has read" grep -q oldold "$FOLDER/$1/read"
}

for kind in journaled plain; do
  step "an update while a process reads, and another one after it ($kind)"
  on "$kind" gbl set '^a(1)' old
  on "$kind" gbl set '^x(1)' old
  reader "$kind"
  for value in 1 2 3; do
    on "$kind" gbl set '^a(1)' "$value"
    on "$kind" gbl set '^x(1)' "$value"
    on "$kind" mupip integ -region '*'
    said_times 2 "No errors detected by integ."
  done
  kill -0 "$READER" || fail "the reader has ended"
  kill -KILL "$READER"
  wait "$READER" 2>/dev/null
  on "$kind" gbl set '^a(2)' 4
  on "$kind" mupip integ -region '*'
  said_times 2 "No errors detected by integ."
done
