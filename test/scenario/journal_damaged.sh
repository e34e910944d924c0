# shellcheck shell=bash
# A rollback needs journals that are damaged, cut, gone, or somebody else's: it says which, and changes nothing.
only_headwater "it damages our journal files"
instance A B
root A
standby A B
standby B A
update A 10
for _ in 1 2 3; do
  on A mupip set -journal=on,before_images -region '*'
  update A 10
done
take_down A
take_down B
cp -a --sparse=always "$FOLDER/A" "$FOLDER/kept"
mapfile -t earlier < <(cd "$FOLDER/A" && ls gtm.mjl_*)
[[ ${#earlier[@]} -ge 3 ]] || fail "not three earlier journal files: ${earlier[*]}"

# refused TEXT: the rollback says TEXT, and databases and instance file are byte for byte what they were.
refused() {
  local file wish
  for wish in "-losttrans=$FOLDER/lost.glo" -nolosttrans; do
    expect_message A 130 "$1" mupip journal -rollback -backward -resync=5 "$wish" '*'
    for file in gtm.dat x.dat gtm.repl; do
      cmp "$FOLDER/A/$file" "$FOLDER/kept/$file" >"$SAID" 2>&1 || fail "$file was changed: $(cat "$SAID")"
    done
    [[ ! -e $FOLDER/lost.glo && ! -e $FOLDER/lost.glo_part ]] || fail "of the lost transaction file something was left"
  done
  rm -f "$FOLDER"/A/*.mjl*
  cp -a --sparse=always "$FOLDER"/kept/*.mjl* "$FOLDER/A/"
}
spoil() { printf '\377' | dd of="$FOLDER/A/$1" bs=1 seek="$2" conv=notrunc status=none; }

step "flipped bits" # Shows: journal.bad
spoil gtm.mjl $((0x2043))
refused "%GTM-E-JNLBADRECFMT, Journal File Record Format Error encountered for file @/A/gtm.mjl at disk address 0x00002040"
spoil "${earlier[1]}" $((0x2103))
refused "%GTM-E-JNLBADRECFMT, Journal File Record Format Error encountered for file @/A/${earlier[1]} at disk address 0x"
spoil "${earlier[1]}" 40
refused "%GTM-E-JNLBADLABEL, Journal file @/A/${earlier[1]} has a bad Journal File Label. Expected HWJNL001. Found a damaged header."

step "a tail that is cut off" # Shows: journal.bad
truncate -s $((0x2050)) "$FOLDER/A/gtm.mjl"
refused "%GTM-E-JNLBADRECFMT, Journal File Record Format Error encountered for file @/A/gtm.mjl at disk address 0x00002040"
truncate -s $((0x2050)) "$FOLDER/A/${earlier[1]}"
refused "%GTM-E-JNLBADRECFMT, Journal File Record Format Error encountered for file @/A/${earlier[1]} at disk address 0x00002040"

step "a generation is missing" # Shows: journal.bad
rm "$FOLDER/A/${earlier[1]}"
refused "%GTM-E-JNLFILEOPNERR, Error opening journal file @/A/${earlier[1]}"
rm "$FOLDER/A/gtm.mjl"
refused "%GTM-E-JNLFILEOPNERR, Error opening journal file @/A/gtm.mjl"

step "a file of another region, of another instance, of nobody" # Shows: journal.bad
cp "$FOLDER/kept/x.mjl" "$FOLDER/A/gtm.mjl"
refused "%GTM-E-JNLBADLABEL, Journal file @/A/gtm.mjl has a bad Journal File Label. Expected a journal of @/A/gtm.dat"
cp "$FOLDER/B/gtm.mjl" "$FOLDER/A/gtm.mjl"
refused "%GTM-E-JNLBADLABEL, Journal file @/A/gtm.mjl has a bad Journal File Label. Expected a journal of @/A/gtm.dat"
cp "$FOLDER/B/gtm.mjl" "$FOLDER/A/${earlier[1]}"
refused "%GTM-E-JNLBADLABEL, Journal file @/A/${earlier[1]} has a bad Journal File Label"
head -c 100000 /dev/zero >"$FOLDER/A/gtm.mjl"
refused "%GTM-E-JNLBADLABEL, Journal file @/A/gtm.mjl has a bad Journal File Label. Expected HWJNL001."

step "files in each other's place" # Shows: journal.bad
cp "$FOLDER/kept/${earlier[1]}" "$FOLDER/A/gtm.mjl"
refused "%GTM-E-JNLBADLABEL, Journal file @/A/gtm.mjl has a bad Journal File Label. Expected generation"
cp "$FOLDER/kept/${earlier[0]}" "$FOLDER/A/${earlier[1]}"
refused "%GTM-E-JNLBADLABEL, Journal file @/A/${earlier[1]} has a bad Journal File Label. Expected generation"

step "a full disk in the middle of the lost transactions" # Shows: 7.noroom
attempt A bash -c 'trap "" XFSZ; ulimit -f 1; exec "$@"' - \
  mupip journal -rollback -backward -resync=5 -losttrans="$FOLDER/lost.glo" '*'
said "%GTM-E-FILENOTCREATE, Lost transactions extract file @/lost.glo not created"
[[ $STATUS -eq 130 ]] || fail "status $STATUS"
[[ ! -e $FOLDER/lost.glo && ! -e $FOLDER/lost.glo_part ]] || fail "of the lost transaction file something was left"
for file in gtm.dat x.dat gtm.repl; do
  cmp "$FOLDER/A/$file" "$FOLDER/kept/$file" >"$SAID" 2>&1 || fail "$file was changed: $(cat "$SAID")"
done

step "with the files in their places it is done"
on A mupip journal -rollback -backward -resync=5 -losttrans="$FOLDER/lost.glo" '*'
said "Journal seqno of the instance after rollback is 5 "
