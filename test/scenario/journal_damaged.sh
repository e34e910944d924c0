# shellcheck shell=bash
# A rollback, and a recovery back to a time, need journals that are damaged, cut, gone, or somebody else's: each says which, and
# changes nothing.
only_headwater "it damages our journal files"

# generations A: A gets updates in four generations of its journals, the first file a second before the others.
generations() {
  update "$1" 4
  extract "$1" >"$FOLDER/held-$1"
  second=$(($(date +%s) + 1))
  within 10 "the clock goes on" clock_is_at "$second"
  update "$1" 6
  for _ in 1 2 3; do
    on "$1" mupip set -journal=on,before_images -region '*'
    update "$1" 10
  done
}
clock_is_at() { [[ $(date +%s) -ge $1 ]]; }

step "A replicates; C and D do not"
instance A B
root A
standby A B
standby B A
generations A
take_down A
take_down B
for site in C D; do
  mkdir "$FOLDER/$site"
  global_directory "$site"
  on "$site" mupip create
  on "$site" mupip set -journal=enable,on,before_images -region '*'
done
update D 10
generations C
before="\"$(date -d "@$((second - 1))" "+%d-%b-%Y %H:%M:%S")\""
ROLLBACK=(A mupip journal -rollback -backward -resync=5)
RECOVER=(C mupip journal -recover -backward "-before=$before")

# keep_files A, and later files_as_kept A: databases and instance file are byte for byte what they were; journals, which a test has
# damaged, are put back.
keep_files() { cp -a --sparse=always "$FOLDER/$1" "$FOLDER/kept-$1"; }
files_as_kept() {
  local file
  for file in gtm.dat x.dat gtm.repl; do
    [[ -e $FOLDER/kept-$1/$file ]] || continue
    cmp "$FOLDER/$1/$file" "$FOLDER/kept-$1/$file" >"$SAID" 2>&1 || fail "$file of $1 was changed: $(cat "$SAID")"
  done
  [[ ! -e $FOLDER/lost.glo && ! -e $FOLDER/lost.glo_part ]] || fail "of the lost transaction file something was left"
  rm -f "$FOLDER/$1"/*.mjl*
  cp -a --sparse=always "$FOLDER/kept-$1"/*.mjl* "$FOLDER/$1/"
}
earlier_files() { (cd "$FOLDER/$1" && ls gtm.mjl_*); }
spoil() { printf '\377' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# damage A OTHER COMMAND...: the command on A, which needs all of A's journals, with one kind of damage after the other. OTHER is
# another instance with journals of its own. SAYS has what only this command says.
damage() {
  local site=$1 other=$2 command=("${@:3}") now=$FOLDER/$1/gtm.mjl earlier
  mapfile -t earlier < <(earlier_files "$site")
  [[ ${#earlier[@]} -ge 3 ]] || fail "not three earlier journal files: ${earlier[*]}"
  earlier=("${earlier[@]/#/$FOLDER/$site/}")
  keep_files "$site"
  refused() {
    local wish
    for wish in "-losttrans=$FOLDER/lost.glo" -nolosttrans; do
      expect_message "$site" 130 "$1" "${command[@]}" "$wish" '*'
    done
    files_as_kept "$site"
  }
  local damaged="%GTM-E-JNLBADRECFMT, Journal File Record Format Error encountered for file"

  step "${command[*]:2:2}: flipped bits" # Shows: journal.bad
  spoil "$now" $((0x2043))
  refused "$damaged $now at disk address 0x00002040"
  spoil "${earlier[1]}" $((0x2103))
  refused "$damaged ${earlier[1]} at disk address 0x"
  spoil "${earlier[1]}" 40
  refused "%GTM-E-JNLBADLABEL, Journal file ${earlier[1]} has a bad Journal File Label. Expected HWJNL001. Found a damaged header."

  step "${command[*]:2:2}: a tail that is cut off" # Shows: journal.bad
  truncate -s $((0x2050)) "$now"
  refused "$damaged $now at disk address 0x0000"
  truncate -s $((0x2050)) "${earlier[1]}"
  refused "$damaged ${earlier[1]} at disk address 0x00002040"

  step "${command[*]:2:2}: a generation is missing" # Shows: journal.bad
  rm "${earlier[1]}"
  refused "%GTM-E-JNLFILEOPNERR, Error opening journal file ${earlier[1]}"
  rm "$now"
  refused "%GTM-E-JNLFILEOPNERR, Error opening journal file $now"

  step "${command[*]:2:2}: a file of another region, of another instance, of nobody" # Shows: journal.bad
  local foreign="%GTM-E-JNLBADLABEL, Journal file $now has a bad Journal File Label. Expected"
  cp "$FOLDER/kept-$site/x.mjl" "$now"
  refused "${SAYS[file of the other region]}"
  cp "$FOLDER/$other/gtm.mjl" "$now"
  refused "$foreign a journal of $FOLDER/$site/gtm.dat"
  cp "$FOLDER/$other/gtm.mjl" "${earlier[1]}"
  refused "${SAYS[earlier file of another]/EARLIER/${earlier[1]}}"
  head -c 100000 /dev/zero >"$now"
  refused "$foreign HWJNL001."

  step "${command[*]:2:2}: files in each other's place" # Shows: journal.bad
  cp "${earlier[1]}" "$now"
  refused "$foreign generation"
  cp "${earlier[0]}" "${earlier[1]}"
  refused "${SAYS[earlier file out of its place]/EARLIER/${earlier[1]}}"

  step "${command[*]:2:2}: a full disk in the middle of the lost transactions" # Shows: 7.noroom
  attempt "$site" bash -c 'trap "" XFSZ; ulimit -f 1; exec "$@"' - "${command[@]}" -losttrans="$FOLDER/lost.glo" '*'
  said "%GTM-E-FILENOTCREATE, Lost transactions extract file @/lost.glo not created"
  [[ $STATUS -eq 130 ]] || fail "status $STATUS"
  files_as_kept "$site"
}

bad_label() { echo "%GTM-E-JNLBADLABEL, Journal file $1 has a bad Journal File Label"; }
declare -A SAYS=(
  [file of the other region]="$(bad_label "$FOLDER/A/gtm.mjl"). Expected a journal of $FOLDER/A/gtm.dat"
  [earlier file of another]=$(bad_label EARLIER)
  [earlier file out of its place]="$(bad_label EARLIER). Expected generation"
)
damage A B "${ROLLBACK[@]:1}"
SAYS=(
  [file of the other region]="%GTM-E-JNLFILEDUP, Journal files $FOLDER/C/gtm.mjl and $FOLDER/C/x.mjl are the same"
  [earlier file of another]="does not continue EARLIER: it is not the generation before it"
  [earlier file out of its place]="does not continue EARLIER: it is not the generation before it"
)
damage C D "${RECOVER[@]:1}"

step "with the files in their places it is done"
on "${ROLLBACK[@]}" -losttrans="$FOLDER/lost.glo" '*'
said "Journal seqno of the instance after rollback is 5 "
rm "$FOLDER/lost.glo"
on "${RECOVER[@]}" -losttrans="$FOLDER/lost.glo" '*'
said "36 transactions taken out"
extract C | cmp - "$FOLDER/held-C" >"$SAID" 2>&1 || fail "C does not hold what it held at $before"
