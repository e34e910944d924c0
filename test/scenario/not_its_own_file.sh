# shellcheck shell=bash
# Database files that are none, and one file that is two regions': refused with a reason, and nothing is left beside them.
only_headwater "GT.M makes no files beside a database, and lets two regions share one"
instance A
root A
standby A Z
update A 10
take_down A

step "files of other programs: nothing is made beside them, and nothing is called successful"
mkdir "$FOLDER/etc"
printf 'a letter\n' >"$FOLDER/etc/letter"
cp "$FOLDER/A/gtm.mjl" "$FOLDER/etc/journal"
: >"$FOLDER/etc/empty"
for file in letter journal empty; do
  for command in "ftok" "integ -file" "integ -rebuild -file" "rundown -file" "rundown -override -file"; do
    before=$(sha256sum <"$FOLDER/etc/$file")
    attempt A mupip $command "$FOLDER/etc/$file"
    [[ $STATUS -ne 0 || $command == ftok ]] || fail "status 0 of $command $file"
    ! grep -q MUFILRNDWNSUC "$SAID" || fail "$command $file: $(cat "$SAID")"
    [[ $(sha256sum <"$FOLDER/etc/$file") == "$before" ]] || fail "$command has changed $file"
    [[ $(ls "$FOLDER/etc" | wc -l) -eq 3 ]] || fail "$command $file left: $(ls "$FOLDER/etc")"
  done
done

if [[ $(id -u) -eq 0 ]]; then
  step "another user's database"
  chmod 755 "$FOLDER" "$FOLDER/A"
  chmod 644 "$FOLDER"/A/gtm.*
  for command in "rundown -region *" "rundown -override -region *"; do
    set -f
    # shellcheck disable=SC2086
    attempt A setpriv --reuid=20001 --regid=20001 --clear-groups mupip $command
    set +f
    [[ $STATUS -ne 0 ]] || fail "status 0 of $command"
    ! grep -q 'MUFILRNDWNSUC.*gtm.dat' "$SAID" || fail "$command: $(cat "$SAID")"
  done
fi

step "two regions with one file, by three kinds of names"
for how in "ln -s gtm.dat y.dat" "ln gtm.dat y.dat" "ln -s . d"; do
  rm -rf "$FOLDER/A/y.dat" "$FOLDER/A/d"
  (cd "$FOLDER/A" && $how) || fail "$how"
  name=y.dat
  [[ $how != *d ]] || name=d/gtm.dat
  rm -f "$FOLDER/A/two.gld"
  printf '%s\n' 'add -name y* -region=YREG' 'add -region YREG -dynamic_segment=YSEG' "add -segment YSEG -file=\"$FOLDER/A/$name\"" \
    "change -segment DEFAULT -file=\"$FOLDER/A/gtm.dat\"" exit | quietly A env gtmgbldir="$FOLDER/A/two.gld" gde >"$SAID" 2>&1 ||
    fail "gde: $(cat "$SAID")"
  for command in "gbl get ^a(1)" "gbl set ^y(1) 1" "mupip integ -region *" "mupip extract -stdout" "mupip backup * copies" \
    "mupip rundown -region *" "mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log=s.log"; do
    set -f
    # shellcheck disable=SC2086
    attempt A env gtmgbldir="$FOLDER/A/two.gld" timeout -s KILL 20 $command
    set +f
    [[ $STATUS -ne 0 && $STATUS -ne 137 ]] || fail "status $STATUS of $command after: $how"
    said "%GTM-E-HWONEFILE"
  done
done
rm -rf "$FOLDER"/A/{y.dat,d,two.gld,s.log}
