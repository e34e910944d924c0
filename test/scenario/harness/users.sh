# shellcheck shell=bash
# users.sh -- other users of the machine, by number: nobody has to be added to it. Only for a scenario that runs as root.

# Name: user id, group id, umask. The owner's group is that of those who update; the others are strangers.
declare -A WHO=(
  [gtm]="20001 30000 027" [ann]="20002 30000 077" [bob]="20003 30000 022"
  [reader]="20004 30004 022" [monitor]="20009 30009 077" [root]="0 0 077"
)

# need_users: the scenario is skipped where it cannot become other users.
need_users() {
  if [[ $(id -u) != 0 ]] || ! setpriv --reuid=20001 --regid=30000 --clear-groups true 2>/dev/null; then
    echo "skipped: needs root, to become other users"
    exit 77
  fi
  chmod 755 "$FOLDER"
  mkdir -p "$FOLDER/bin"
  cp "$HW_BIN"/{mupip,gbl,gde,dse} "$FOLDER/bin/"
  chmod -R a+rX "$FOLDER/bin"
}

# as WHO A COMMAND...: attempt, as that user, with that user's umask.
as() {
  local who=$1 site=$2 user group mask
  shift 2
  read -r user group mask <<<"${WHO[$who]}"
  (
    environment_of "$site"
    cd "$FOLDER/$site" || exit 1
    umask "$mask"
    PATH=$FOLDER/bin:/usr/bin:/bin exec timeout -k 5 "${LONGEST_COMMAND_S:-120}" \
      setpriv --reuid="$user" --regid="$group" --clear-groups "$@"
  ) >"$SAID" 2>&1 </dev/null
  STATUS=$?
  { printf '\n[%s, %s]$ %s\n' "$site" "$who" "$*"; cat "$SAID"; echo "status $STATUS"; } >>"$TRANSCRIPT"
}
# can WHO A COMMAND..., cannot WHO A COMMAND...
can() {
  as "$@"
  [[ $STATUS -eq 0 ]] || fail "$1 cannot (status $STATUS): ${*:3}"$'\n'"$(cat "$SAID")"
}
cannot() {
  as "$@"
  [[ $STATUS -ne 0 ]] || fail "$1 can: ${*:3}"$'\n'"$(cat "$SAID")"
}
# reads WHO A NODE VALUE
reads() {
  can "$1" "$2" gbl get "$3"
  [[ $(cat "$SAID") == "$4" ]] || fail "$1 reads $3: $(cat "$SAID"), not $4"
}

# site_of_users A MODE [SETTINGS]: a site of gtm's whose database has that mode. Readers, too, go through the folder.
site_of_users() {
  mkdir "$FOLDER/$1"
  chown 20001:30000 "$FOLDER/$1"
  chmod 2775 "$FOLDER/$1"
  printf 'change -segment DEFAULT -file="%s"\nexit\n' "$FOLDER/$1/gtm.dat" >"$FOLDER/gde-input"
  chmod 644 "$FOLDER/gde-input"
  can gtm "$1" sh -c "gde <$FOLDER/gde-input"
  chmod 644 "$FOLDER/$1/gtm.gld"
  can gtm "$1" mupip create
  chmod "$2" "$FOLDER/$1/gtm.dat"
  # shellcheck disable=SC2086
  can gtm "$1" mupip set ${3:--journal=enable,on,before} -region '*'
  note_instance "$1"
}

# follow A MODE: all that belongs to A's database is of its group and has its mode; locks are also for readers to write.
follow() {
  local file mode wanted shared=$((8#$2 | (8#$2 & 8#444) >> 1))
  for file in "$FOLDER/$1"/gtm.dat* "$FOLDER/$1"/gtm.mjl*; do
    read -r mode group < <(stat -c '%a %g' "$file")
    wanted=$2
    [[ $file != *-ctl && $file != *-lock ]] || wanted=$(printf '%o' "$shared")
    [[ $mode == "$wanted" && $group == 30000 ]] || fail "$file has mode $mode and group $group, not $wanted and 30000"
    [[ $(stat -c %u "$file") != 0 ]] || fail "$file is root's"
  done
}
