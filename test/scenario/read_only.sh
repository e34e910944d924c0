# shellcheck shell=bash
# Readers that cannot write to a database's lock files: a read-only mount, and modes that the administrator has narrowed; of a closed
# database, and of one that is updated meanwhile. docs/security.md.
only_headwater "lock files of our own"
need_users

site_of_users A 664
for i in {1..50}; do echo "set ^a($i)=\"first\""; done >"$FOLDER/first"
chmod 644 "$FOLDER/first"
can gtm A sh -c "gbl run - <$FOLDER/first"

# reads_while_updated COMMAND...: what the reader is run behind. Every value it sees is one that was there, whole.
readable() {
  as reader A "$@" gbl get '^a(7)'
  [[ $STATUS -eq 0 && $(cat "$SAID") == "$expected" ]] || fail "behind $*: status $STATUS, $(cat "$SAID"), not $expected"
}

step "closed: lock files that are not for readers, and none at all"
expected=first
chmod 660 "$FOLDER/A"/gtm.dat-ctl "$FOLDER/A"/gtm.dat-lock
cannot reader A gbl get '^a(7)' # Whether it was closed cannot be read.
chmod 644 "$FOLDER/A"/gtm.dat-ctl "$FOLDER/A"/gtm.dat-lock
readable env
mkdir "$FOLDER/kept"
mv "$FOLDER/A"/gtm.dat-ctl "$FOLDER/A"/gtm.dat-lock "$FOLDER/kept/"
readable env
mv "$FOLDER/kept"/gtm.dat-* "$FOLDER/A/"

# unchangeable: no user may write to these files of A, and root may not either.
unchangeable() { chattr +i "${@/#/$FOLDER/A/}" 2>/dev/null; }
changeable() { chattr -i "$FOLDER/A"/gtm.*; }
end_changeable() {
  local status=$?
  changeable 2>/dev/null
  (exit "$status")
  finish
}
if unchangeable gtm.gld; then
  trap end_changeable EXIT
  step "closed: files that nobody may change"
  for files in gtm.dat-ctl gtm.dat-lock gtm.dat gtm.dat-ckpt gtm.mjl "gtm.dat gtm.dat-ctl gtm.dat-lock gtm.dat-ckpt gtm.mjl"; do
    # shellcheck disable=SC2086
    unchangeable $files
    readable env
    reads root A '^a(7)' "$expected"
    cannot root A mupip integ -rebuild -region DEFAULT
    reads root A '^a(7)' "$expected"
    can root A mupip integ -region DEFAULT
    changeable
    reads gtm A '^a(7)' "$expected"
  done
fi

step "a writer that comes meanwhile puts them right"
can gtm A gbl set '^a(7)' second
expected=second
follow A 664
readable env

step "updated meanwhile, by a user who may, while the lock files are not for readers"
mkfifo "$FOLDER/statements"
chmod 666 "$FOLDER/statements"
(as gtm A sh -c "gbl run - <$FOLDER/statements") &
writer=$!
exec 7>"$FOLDER/statements"
echo 'set ^a(7)="third"' >&7
expected=third
arrived() { as gtm A gbl get '^a(7)'; [[ $(cat "$SAID") == third ]]; }
within "$DEADLINE_S" "the third value" arrived
chmod 644 "$FOLDER/A"/gtm.dat-ctl "$FOLDER/A"/gtm.dat-lock
readable env
# An extract is one snapshot, however much is changed beside it.
(for round in {1..20}; do for i in {1..50}; do echo "set ^a($i)=\"round$round\""; done; done >&7) &
filler=$!
for _ in 1 2 3; do
  can reader A mupip extract -stdout
  [[ $(grep -c '^\^a(' "$SAID") -eq 50 ]] || fail "an extract beside updates: $(cat "$SAID")"
done
wait "$filler"
exec 7>&-
wait "$writer"
can gtm A gbl get '^a(7)'
follow A 664

if unshare --mount true 2>/dev/null; then
  step "a read-only mount: closed, and updated on the other side of it"
  expected=round20
  mounted() { # COMMAND...: as root, for whom modes are no obstacle
    as root A unshare --mount sh -c "mount --bind '$FOLDER/A' '$FOLDER/A' && mount -o remount,ro,bind '$FOLDER/A' && cd '$FOLDER/A' && $*"
  }
  mounted "gbl get '^a(7)'"
  [[ $STATUS -eq 0 && $(cat "$SAID") == round20 ]] || fail "status $STATUS: $(cat "$SAID")"
  mounted "mupip extract -stdout"
  [[ $(grep -c '^\^a(' "$SAID") -eq 50 ]] || fail "extract: $(cat "$SAID")"
  mounted "gbl set '^a(7)' no"
  [[ $STATUS -ne 0 ]] || fail "an update on a read-only mount"
  (as gtm A sh -c "gbl run - <$FOLDER/statements") &
  writer=$!
  exec 7>"$FOLDER/statements"
  echo 'set ^a(7)="fourth"' >&7
  arrived() { as gtm A gbl get '^a(7)'; [[ $(cat "$SAID") == fourth ]]; }
  within "$DEADLINE_S" "the fourth value" arrived
  mounted "gbl get '^a(7)'"
  [[ $STATUS -eq 0 && $(cat "$SAID") == fourth ]] || fail "status $STATUS: $(cat "$SAID")"
  (for round in {1..20}; do for i in {1..50}; do echo "set ^a($i)=\"again$round\""; done; done >&7) &
  filler=$!
  for _ in 1 2 3; do
    mounted "mupip extract -stdout"
    [[ $(grep -c '^\^a(' "$SAID") -eq 50 ]] || fail "an extract beside updates: $(cat "$SAID")"
  done
  wait "$filler"
  exec 7>&-
  wait "$writer"
fi
can gtm A mupip integ -region DEFAULT
INSTANCES=() # What is started at the end are instances; this is a database without one.

step "an instance that is shut down where its file cannot be written"
if unshare --mount true 2>/dev/null; then
  instance R
  root R
  standby R Z
  update R 5
  attempt R unshare --mount --propagation private bash -c \
    'mount --bind . . && mount -o remount,bind,ro "$PWD" && cd "$PWD" && mupip replicate -source -shutdown -timeout=0'
  said "Read-only file system"
  said "The servers have ended. The journal pool stays until this command can be carried out"
  expect_gone R source Z
  take_down R
fi
INSTANCES=()
