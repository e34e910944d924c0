# shellcheck shell=bash
# An output whose name is a symbolic link goes to what the link leads to, and the link stays: a file that is there makes room or
# is replaced beside itself, one that is not there is made. A link to a standard stream is never renamed or replaced.
only_headwater "GT.M replaces links"

instance A
root A
standby A Z
update A 20
on A mupip set -journal=enable,on,before -region DEFAULT # Backups switch the journal: here is one to extract.
EARLIER=$(basename "$(compgen -G "$FOLDER/A/gtm.mjl_*" | head -1)")
take_down A
mkdir "$FOLDER/far"
D=$FOLDER/A/d

# through TO COMMAND...: with d/out as a link to TO, and standard output into an empty file.
through() {
  local to=$1
  shift
  rm -rf "$D"
  mkdir "$D"
  ln -s "$to" "$D/out"
  (environment_of A; cd "$FOLDER/A" && exec timeout 60 "$@") >"$FOLDER/stdout" 2>"$SAID" </dev/null
  STATUS=$?
  [[ $(find "$D" -mindepth 1 | wc -l) -eq 1 && $(readlink "$D/out") == "$to" ]] ||
    fail "status $STATUS, and the link has become $(ls -l "$D"): $*"$'\n'"$(cat "$SAID")"
}
BACKUPS=("mupip backup -replace DEFAULT d/out" "mupip backup -replace -bytestream DEFAULT d/out" "mupip backup -replace -replinstance=d/out")
EXTRACTS=("mupip journal -extract=d/out -forward $EARLIER" "mupip journal -extract=d/out -detail -forward $EARLIER"
  "mupip journal -rollback -backward -resync=15 -losttrans=d/out *")
MAKERS=("mupip extract d/out" "env gtm_repl_instance=d/out mupip replicate -instance_create -name=Q")
empty_far() { find "$FOLDER/far" -type f -delete; }

set -f
step "a link to standard output"
for command in "${BACKUPS[@]}" "${MAKERS[@]}"; do
  # shellcheck disable=SC2086
  through /proc/self/fd/1 $command
  [[ $STATUS -ne 0 && ! -s $FOLDER/stdout ]] || fail "status $STATUS of: $command"$'\n'"$(cat "$SAID")"
  grep -q '%GTM-E-' "$SAID" || fail "no message of: $command"$'\n'"$(cat "$SAID")"
done
for command in "${EXTRACTS[@]:0:2}"; do
  # shellcheck disable=SC2086
  through /proc/self/fd/1 $command
  [[ $STATUS -eq 0 ]] || fail "status $STATUS of: $command"$'\n'"$(cat "$SAID")"
  grep -q '^GDSJ' "$FOLDER/stdout" || fail "nothing on standard output of: $command"
done

step "a link to nothing makes its target"
for command in "${BACKUPS[@]}" "${EXTRACTS[@]:0:2}" "${MAKERS[@]}"; do
  empty_far
  # shellcheck disable=SC2086
  through "$FOLDER/far/file" $command
  [[ $STATUS -eq 0 && -s $FOLDER/far/file ]] || fail "status $STATUS of: $command"$'\n'"$(cat "$SAID")"
done
ln -s "$FOLDER/far/commands.com" "$FOLDER/A/commands.com"
on A gde show -commands -file=commands.com
[[ -L $FOLDER/A/commands.com && -s $FOLDER/far/commands.com ]] || fail "commands: $(ls -l "$FOLDER/A/commands.com" "$FOLDER/far")"
ln -s "$FOLDER/far/new.gld" "$FOLDER/A/d.gld"
on A env gtmgbldir=d.gld gde exit
[[ -L $FOLDER/A/d.gld && -s $FOLDER/far/new.gld ]] || fail "the global directory's link: $(ls -l "$FOLDER/A/d.gld" "$FOLDER/far")"

step "a link to a file that makes room, or is replaced"
for command in "${BACKUPS[@]}" "${EXTRACTS[@]:0:2}" "${MAKERS[1]}"; do
  empty_far
  : >"$FOLDER/far/file"
  # shellcheck disable=SC2086
  through "$FOLDER/far/file" $command
  [[ $STATUS -eq 0 && -s $FOLDER/far/file ]] || fail "status $STATUS of: $command"$'\n'"$(cat "$SAID")"
  # shellcheck disable=SC2086
  through "$FOLDER/far/file" $command # And over what it has made.
  [[ $STATUS -eq 0 && -s $FOLDER/far/file ]] || fail "status $STATUS, the second time, of: $command"$'\n'"$(cat "$SAID")"
done

step "lost transactions through a link"
# shellcheck disable=SC2086
through "$FOLDER/far/lost" ${EXTRACTS[2]}
[[ $STATUS -eq 0 ]] || fail "status $STATUS"$'\n'"$(cat "$SAID")"
grep -q '^GDSJEX' "$FOLDER/far/lost" || fail "no lost transactions: $(ls "$FOLDER/far")"

step "a link of another user in a folder like /tmp is not followed"
if [[ $(id -u) -eq 0 ]]; then
  mkdir -m 1777 "$FOLDER/shared"
  ln -s "$FOLDER/far/planted" "$FOLDER/shared/out"
  chown -h 20001 "$FOLDER/shared/out"
  for command in "mupip extract $FOLDER/shared/out" "mupip backup DEFAULT $FOLDER/shared/out" \
    "mupip journal -extract=$FOLDER/shared/out -forward $EARLIER"; do
    # shellcheck disable=SC2086
    attempt A $command
    [[ $STATUS -ne 0 && ! -e $FOLDER/far/planted && -L $FOLDER/shared/out ]] || fail "status $STATUS of: $command"$'\n'"$(cat "$SAID")"
  done
fi
set +f
rm -rf "$D" "$FOLDER/far" "$FOLDER/shared"
standby A Z
update A 5
