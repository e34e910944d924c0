# shellcheck shell=bash
# From where on sites differ: what was changed at a new root is known as changed, also when somebody else takes over from it, when
# it goes back, or when an earlier parting was settled, and the lost transactions are put over nothing.
only_headwater "gbl apply-lost has no counterpart; GT.M's \$ZQGBLMOD answers by block"
instance A B C
root A
link A B
link B C
update A 100
expect_equal A B C
allow REPLAHEAD # Said of a former root, while it asks how far to roll back.

zqgblmod() { on "$1" gbl zqgblmod "$2"; cat "$SAID"; }
answers() { [[ $(zqgblmod "$1" "$2") == "$3" ]]; }
# changed A NODE [0]: $ZQGBLMOD says so.
changed() { within "$DEADLINE_S" "zqgblmod of $2 at $1 is ${3:-1}" answers "$1" "$2" "${3:-1}"; }
# keeps A NODE VALUE
keeps() {
  on "$1" gbl get "$2"
  [[ $(cat "$SAID") == "$3" ]] || fail "$2 at $1 was overwritten with: $(cat "$SAID")"
}
# give_up A B FILE: A, a former root, rolls back to what it shares with B.
give_up() { on "$1" mupip journal -rollback -backward -fetchresync="$(port "$1")" -losttrans="$FOLDER/$3" '*'; }

step "an earlier parting is settled: B is told so as a secondary"
on A mupip replicate -source -losttncomplete
expect_log B receiver.log.updproc "Zqgblmod Seqno and Trans set to 0"

step "A dies with twenty transactions that nobody else has; B takes over, and knows at once from where on it differs" # Shows: 7.zqgblmod
freeze A source B
update A 20
crash A
promote B A
expect_equal B C
for site in B C; do
  changed $site '^a("A",102)' 0
done
on B gbl set '^a("A",102)' "of B"
expect_equal B C
for site in B C; do
  changed $site '^a("A",102)'
  changed $site '^a("A",1)' 0
done

step "A comes back: the word of the earlier parting is not for it" # Shows: 3.losttncomplete.down 7.zqgblmod
attempt A mupip rundown -region '*'
give_up A B lost.glo
[[ $(head -n 1 "$FOLDER/lost.glo") == "GDSJEX07 ROLLBACK PRIMARY A" ]] || fail "heading: $(head -n 1 "$FOLDER/lost.glo")"
standby A B
receiver A
expect_equal B A C
for site in A B C; do changed $site '^a("A",102)'; done

step "a switchover from B to C before they are applied: C knows what B has changed" # Shows: 7.apply
take_down B
promote C B
give_up B C none.glo
standby B C
receiver B
feed C A
expect_equal C A B
for site in A B C; do changed $site '^a("A",102)'; done
on C gbl apply-lost "$FOLDER/lost.glo"
said "19 transactions of A applied, 1 in conflict"
keeps C '^a("A",102)' "of B"
expect_equal C A B

step "and back to B: what C has applied is known there, and not applied again" # Shows: 7.apply
take_down C
promote B C
give_up C B none.glo
standby C B
receiver C
feed B A
expect_equal B A C
on B gbl apply-lost "$FOLDER/lost.glo"
said "19 transactions of A applied, 1 in conflict"
said "19 of these had been applied before"
keeps B '^a("A",102)' "of B"

step "B is rolled back below where it took over, and goes on" # Shows: 7.zqgblmod
on B mupip journal -rollback -online -backward -resync=90 '*'
on B gbl set '^a("A",104)' "of B"
changed B '^a("A",104)'
changed B '^a("A",106)' 0
on B gbl apply-lost "$FOLDER/lost.glo"
said "19 transactions of A applied, 1 in conflict"
keeps B '^a("A",104)' "of B"

step "the same while it is down"
for site in A C; do # They have what B has given up.
  expect_gone $site receiver
  attempt $site mupip replicate -receiver -shutdown -timeout=0
done
take_down B
on B mupip journal -rollback -backward -resync=80 '*'
feed B A
on B gbl set '^a("A",106)' "of B"
changed B '^a("A",106)'
on B gbl apply-lost "$FOLDER/lost.glo"
said "19 transactions of A applied, 1 in conflict"
keeps B '^a("A",106)' "of B"

step "it is said to be complete: nothing counts as changed, and nothing is applied" # Shows: 3.losttncomplete
on B mupip replicate -source -losttncomplete
changed B '^a("A",106)' 0
expect_message B 1 "this instance has no mark of where it parted" gbl apply-lost "$FOLDER/lost.glo"

step "all follow B again"
for site in A C; do
  take_down $site
  [[ $site == A ]] || feed B $site
  on $site mupip journal -rollback -backward -fetchresync="$(port $site)" -losttrans="$FOLDER/given-up-$site.glo" '*'
  standby $site B
  receiver $site
done
expect_equal B A C
