# shellcheck shell=bash
# Keys of up to 1,018 bytes, as long as GT.M's can be, through all that keeps data or moves it: two sites, transactions, crashes,
# rollbacks, backups, extracts, a file written anew. The updates of the harness are here made to nodes of which two in three
# have more bytes than LMDB takes in one key, or about as many.
only_headwater "GT.M's files are others"
# shellcheck disable=SC2034 # The harness reads it.
KEY_SIZE=1019
LONG=$(printf 'L%.0s' {1..501})

# As the harness has them; the subscript that makes a node's key long depends on its number.
statements() {
  awk -v site="$1" -v first="$2" -v last="$3" -v pad="$LONG" 'function node(i) {
    return "(\"" site "\"," (i % 3 == 0 ? "" : i % 3 == 1 ? "\"" pad "\"," : "\"" pad pad substr("ab", i % 2 + 1, 1) "\",") i ")"
  }
  BEGIN {
    for (i = first; i <= last; i++) {
      if (i % 5 == 0) printf "tstart ():(serial:transaction=\"BATCH\") set ^a%s=%d,^x%s=%d tcommit\n", node(i), i, node(i), -i
      else if (i % 7 == 3 && i > first) printf "kill ^%s%s\n", (i - 1) % 2 ? "x" : "a", node(i - 1)
      else printf "set ^%s%s=\"value %d of %s\"\n", i % 2 ? "x" : "a", node(i), i, site
    }
  }'
}

instance A B
root A
link A B
update A 60
expect_equal A B

step "the longest key, and one that is too long"
longest=$(printf 'y%.0s' {1..1014})
on A gbl set "^a(\"$longest\")" end
on A gbl get "^a(\"$longest\")"
said "end"
expect_message A 1 "%GTM-E-GVSUBOFLOW, Maximum combined length of subscripts exceeded" gbl set "^a(\"y$longest\")" 1
on A gbl order "^a(\"$LONG\")"
[[ $(cat "$SAID") == "$longest" ]] || fail "behind ^a($LONG): $(cat "$SAID")"
expect_equal A B
check_everything

step "a transaction that is taken back leaves nothing"
before=$(digest A)
quietly A gbl run - >"$SAID" 2>&1 <<STATEMENTS || fail "$(cat "$SAID")"
tstart set ^a("$LONG$LONG",1)=1,^x("$LONG$LONG")=1 kill ^a("A") trollback
STATEMENTS
[[ $(digest A) == "$before" ]] || fail "the transaction has left something"

step "a whole subtree goes, and counts go on"
on A gbl kill "^x(\"A\",\"$LONG\")"
for wanted in 1 2 3; do
  on A gbl incr "^a(\"$LONG$LONG\")"
  [[ $(cat "$SAID") == "$wanted" ]] || fail "$(cat "$SAID")"
done
update A 100
expect_equal A B
check_everything
power_loss B
expect_equal A B

step "full and incremental backup, and what they restore to"
mkdir "$FOLDER"/{R,full}
global_directory R
on A mupip backup DEFAULT,XREG "$FOLDER/full"
cp "$FOLDER"/full/*.dat "$FOLDER/R/"
update A 60
on A mupip backup -bytestream DEFAULT,XREG "$FOLDER/inc-d,$FOLDER/inc-x"
on R mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/inc-d"
on R mupip restore "$FOLDER/R/x.dat" "$FOLDER/inc-x"
[[ $(digest R) == "$(digest A)" ]] || fail "the restored copy is not what A is"
on R mupip integ -region '*'

step "extracts in every form, loaded into an empty database"
on A mupip integ -digest -region '*'
for format in zwr go binary; do
  rm -rf "${FOLDER:?}/L"*
  mkdir "$FOLDER/L"
  global_directory L
  on L mupip create
  on A mupip extract -format="$format" "$FOLDER/L.$format"
  on L mupip load -format="$format" "$FOLDER/L.$format"
  [[ $(digest L) == "$(digest A)" ]] || fail "loaded from $format it is not what A is"
  on L mupip integ -region '*'
done
on A mupip size
said "Global: a (region DEFAULT)"

step "the files are written anew"
take_down A
wanted=$(digest A)
on A mupip reorg -region='*'
[[ $(digest A) == "$wanted" ]] || fail "A has lost something"
on A mupip integ -fast -region '*'
on A mupip integ -region '*'
feed A B
update A 20
expect_equal A B

step "dse finds the node and shows its record"
quietly A dse >"$SAID" 2>&1 <<DSE || fail "$(cat "$SAID")"
find -key=^a("$longest")
dump -key=^a("$longest")
dump -fileheader
DSE
grep -q "Key found in block" "$SAID" || fail "$(cat "$SAID")"
said "Key 1018 bytes, value 3 bytes"
said "Maximum key size                             1019"

step "A dies with what it has sent to nobody, and takes it out again"
freeze A source B
update A 30
crash A
promote B A
update B 40
attempt A mupip rundown -region '*'
on A mupip journal -rollback -backward -fetchresync="$(port A)" -losttrans="$FOLDER/lost.glo" '*'
grep -q "^05.*\"$LONG$LONG" "$FOLDER/lost.glo" || fail "no long key among the lost: $(cat "$FOLDER/lost.glo")"
standby A B
receiver A
expect_equal B A
on B gbl apply-lost "$FOLDER/lost.glo"
said "30 transactions of A applied"
expect_equal B A
check_everything
power_loss A
expect_equal B A

step "an old copy comes forward by its journals, and goes back by them"
on L mupip set -journal=enable,on,before_images -region '*'
mkdir "$FOLDER/copy"
cp --sparse=always "$FOLDER"/L/*.dat "$FOLDER/copy/"
statements M 1 60 | quietly L gbl run - >"$SAID" 2>&1 || fail "$(cat "$SAID")"
wanted=$(digest L)
on L mupip journal -extract="$FOLDER/extract.mjf" -forward gtm.mjl,x.mjl
grep -q "$LONG$LONG" "$FOLDER/extract.mjf" || fail "no long key in the journal extract"
rm -f "$FOLDER"/L/gtm.dat* "$FOLDER"/L/x.dat*
cp --sparse=always "$FOLDER"/copy/*.dat "$FOLDER/L/"
on L mupip journal -recover -forward '*'
[[ $(digest L) == "$wanted" ]] || fail "what came forward is not what was there"
on L mupip integ -region '*'
on L mupip set -journal=on,before_images -region '*'
time=$(LC_ALL=C date '+%d-%b-%Y %H:%M:%S')
behind() { [[ $(date '+%s') -gt $(date -d "$time" '+%s') ]]; }
within 10 "the next second" behind
statements M 61 120 | quietly L gbl run - >"$SAID" 2>&1 || fail "$(cat "$SAID")"
on L mupip journal -recover -backward -before="\"$time\"" '*'
[[ $(digest L) == "$wanted" ]] || fail "what went back is not what was there"
on L mupip integ -region '*'
