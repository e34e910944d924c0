# shellcheck shell=bash
# A backup of an instance that is up, and the journals since: together they give what the databases held. Of the last transactions
# before the backup only some regions have a part, whose seqnos are lower than the instance's then.
only_headwater "its own journal files and copies of databases"
instance A
root A
standby A B

for way in -newjnlfiles -nonewjnlfiles ""; do
  for last in a x both; do
    step "backup ${way:-without a word of journals}, the last update in $last" # Shows: journal.forward
    update A 10
    case $last in
      both) echo 'tstart () set ^a("last")=1,^x("last")=1 tcommit' ;;
      *) echo "set ^$last(\"last\")=1" ;;
    esac | quietly A gbl run - || fail "update"
    copies=$FOLDER/copies${way}_$last
    mkdir "$copies"
    on A mupip backup $way '*' "$copies"
    cp "$FOLDER/A/gtm.gld" "$copies/gtm.gld"
    for region in DEFAULT:gtm XSEG:x; do
      quietly A env gtmgbldir="$copies/gtm.gld" gde change -segment ${region%:*} -file="$copies/${region#*:}.dat" >"$SAID" 2>&1 ||
        fail "$(cat "$SAID")"
    done
    # The copies are checked before they are needed; that leaves them what they are.
    on A env gtmgbldir="$copies/gtm.gld" gtm_repl_instance= mupip integ -region '*'
    update A 10
    take_down A
    wanted=$(digest A)
    on A mupip journal -recover -forward -chain -redirect="$FOLDER/A/gtm.dat=$copies/gtm.dat,$FOLDER/A/x.dat=$copies/x.dat" \
      "$FOLDER/A/gtm.mjl,$FOLDER/A/x.mjl"
    [[ $(quietly A env gtmgbldir="$copies/gtm.gld" mupip extract -stdout 2>/dev/null | tail -n +3 | sha256sum) == "$wanted" ]] ||
      fail "the recovered copies hold something else"
    standby A B
  done
done

step "a copy that was changed since is refused"
copies=$FOLDER/copies_both
mkdir "$FOLDER/again"
on A mupip backup -newjnlfiles '*' "$FOLDER/again"
update A 5
take_down A
printf 'change -fileheader -reg_seqno=FFFF\n' | quietly A env gtmgbldir="$copies/gtm.gld" dse >"$SAID" 2>&1
attempt A mupip journal -recover -forward -redirect="$FOLDER/A/gtm.dat=$copies/gtm.dat" "$FOLDER/A/gtm.mjl"
[[ $STATUS -ne 0 ]] || fail "a copy of another moment was taken"
